//! Why a document is no schema.

use std::fmt;

/// A document is no App Services schema, and where it stops being one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DocumentError {
    /// JSON pointer to the value: `/properties/wind/required`. Empty for the whole document.
    pub pointer: String,
    /// What is wrong with the value.
    pub problem: DocumentProblem,
}

/// What is wrong with a value of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DocumentProblem {
    /// The text is no JSON.
    NotJson(String),
    /// The value should be of another kind: the first is what is wanted, the second what is there.
    Expected(&'static str, &'static str),
    /// A keyword is missing that the document means nothing without.
    Missing(&'static str),
    /// Both `bsonType` and `type`.
    TwoTypes,
}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pointer.is_empty() {
            f.write_str("the document")?;
        } else {
            write!(f, "`{}`", self.pointer)?;
        }
        match &self.problem {
            DocumentProblem::NotJson(reason) => write!(f, " is no JSON: {reason}"),
            DocumentProblem::Expected(wanted, found) => {
                write!(f, " should be {wanted}, and is {found}")
            }
            DocumentProblem::Missing(keyword) => write!(f, " has no `{keyword}`"),
            DocumentProblem::TwoTypes => {
                f.write_str(" has both `bsonType` and `type`: keep `bsonType`")
            }
        }
    }
}

impl std::error::Error for DocumentError {}
