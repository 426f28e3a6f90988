//! Why a text is no schema lock.

use crate::{DocumentError, Fingerprint};

/// A text is no schema lock.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LockError {
    /// Git left the lines of both sides in the file.
    Conflict,
    /// The text is no TOML.
    NotToml(String),
    /// A version of the format that this version of the program does not know.
    Format(Option<i64>),
    /// A block is not what it should be.
    Block {
        /// The class, or the number of the block where even that is unreadable.
        block: String,
        /// What is wrong.
        problem: String,
    },
    /// The schema in a block is not the one that was accepted.
    Damaged {
        /// The class.
        class: String,
        /// The fingerprint of what was accepted.
        fingerprint: Fingerprint,
    },
}

impl std::fmt::Display for LockError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Conflict => f.write_str(
                "a merge stopped here: build, or run `asymmetric schema lock`, to keep what both sides \
                 accepted",
            ),
            Self::NotToml(reason) => write!(f, "the file is no TOML: {reason}"),
            Self::Format(Some(format)) => {
                write!(f, "the file has format {format}, and 1 is the newest known: update")
            }
            Self::Format(None) => f.write_str("the file does not say `format = 1`"),
            Self::Block { block, problem } => write!(f, "{block}: {problem}"),
            Self::Damaged { class, fingerprint } => write!(
                f,
                "`{class}`: the schema in the block with the fingerprint {fingerprint} is not the \
                 one that was accepted; take the block from version control again"
            ),
        }
    }
}

impl std::error::Error for LockError {}

impl LockError {
    pub(super) fn block(block: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Block { block: block.into(), problem: problem.into() }
    }

    pub(super) fn document(class: &str, keyword: &str, error: &DocumentError) -> Self {
        Self::block(format!("`{class}`"), format!("`{keyword}`: {error}"))
    }
}
