//! Changesets that cannot be used.

use super::InstructionKind;

/// A changeset that is damaged, or that asks for what cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at byte {offset}{}", context(*.instruction, table.as_deref()))]
pub struct ChangesetError {
    /// Offset of the record in the changeset.
    pub offset: usize,
    /// The instruction, if it got so far as to be known.
    pub instruction: Option<InstructionKind>,
    /// The class that it is about, if it got so far as to be known.
    pub table: Option<String>,
    /// What is wrong.
    pub kind: ChangesetErrorKind,
}

/// What is wrong with a changeset.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChangesetErrorKind {
    /// The input ends inside a record.
    #[error("the changeset ends inside a record")]
    Truncated,
    /// An integer has more than ten bytes, or does not fit 64 bits.
    #[error("an integer does not fit 64 bits")]
    IntegerRange,
    /// A number stands where only some are allowed.
    #[error("{value} is no {what}")]
    Unknown {
        /// What was expected.
        what: &'static str,
        /// What was found.
        value: i64,
    },
    /// An intern record whose index is not the next one.
    #[error("string {found} is interned where {expected} is next")]
    InternIndex {
        /// The next index.
        expected: u64,
        /// The index of the record.
        found: i64,
    },
    /// The same string was interned before.
    #[error("`{0}` is interned twice")]
    InternedTwice(String),
    /// An index to which no string was interned.
    #[error("no string was interned as {0}")]
    NotInterned(i64),
    /// A string is not UTF-8.
    #[error("a string is not UTF-8")]
    Utf8,
    /// A decimal has more than 34 digits, or an exponent that decimals do not have.
    #[error("a decimal is out of range")]
    DecimalRange,
    /// A moment does not fit 64 bits of milliseconds.
    #[error("a timestamp is out of range")]
    TimestampRange,
    /// Objects without a primary key exist only in other modes of sync.
    #[error("an object has no primary key")]
    NoPrimaryKey,
    /// A path leads deeper than documents may be nested.
    #[error("a path has more than {limit} elements")]
    Depth {
        /// How many it may have.
        limit: usize,
    },
    /// A path leads through a value that has no inside, or a wrong one.
    #[error("`{at}` holds {found}, not {expected}")]
    WrongContainer {
        /// The property, and the path behind it.
        at: String,
        /// What is there.
        found: &'static str,
        /// What the instruction needs.
        expected: &'static str,
    },
    /// A path names an element that is not there.
    #[error("`{0}` does not exist")]
    NoElement(String),
    /// A list has not the length that the instruction was written for.
    #[error("a list has {found} elements where the device had {expected}")]
    ListLength {
        /// The length that the device saw.
        expected: u64,
        /// The length of the list here.
        found: usize,
    },
    /// The payload has no meaning in this instruction.
    #[error("a {0} cannot be put there")]
    Misplaced(&'static str),
    /// Moving list elements would take longer than a changeset may.
    #[error("the instructions move more than {limit} list elements")]
    TooMuchWork {
        /// How many elements they may move.
        limit: u64,
    },
    /// Names that are far longer than usual are repeated more often than a changeset may.
    #[error("the instructions repeat more than {limit} bytes of long names")]
    NamesTooLong {
        /// How many bytes they may repeat.
        limit: u64,
    },
    /// An instruction changes an object that the changeset deleted before.
    #[error("the object was deleted before")]
    Erased,
}

impl ChangesetErrorKind {
    /// A short name for metrics and records; it never changes.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Truncated => "truncated",
            Self::IntegerRange => "integer_range",
            Self::Unknown { .. } => "unknown",
            Self::InternIndex { .. } => "intern_index",
            Self::InternedTwice(_) => "interned_twice",
            Self::NotInterned(_) => "not_interned",
            Self::Utf8 => "utf8",
            Self::DecimalRange => "decimal_range",
            Self::TimestampRange => "timestamp_range",
            Self::NoPrimaryKey => "no_primary_key",
            Self::Depth { .. } => "depth",
            Self::WrongContainer { .. } => "wrong_container",
            Self::NoElement(_) => "no_element",
            Self::ListLength { .. } => "list_length",
            Self::Misplaced(_) => "misplaced",
            Self::TooMuchWork { .. } => "too_much_work",
            Self::NamesTooLong { .. } => "names_too_long",
            Self::Erased => "erased",
        }
    }
}

fn context(instruction: Option<InstructionKind>, table: Option<&str>) -> String {
    match (instruction, table) {
        (Some(instruction), Some(table)) => format!(", in {instruction:?} of `{table}`"),
        (Some(instruction), None) => format!(", in {instruction:?}"),
        (None, _) => String::new(),
    }
}
