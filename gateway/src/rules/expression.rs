//! A rule expression as it is after compiling: a tree without names to look up.

use bson::{RawBson, RawDocument, raw::RawBsonRef};

use crate::query::Path;

/// Something that is true or false of a request and a document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expression {
    Constant(bool),
    All(Vec<Expression>),
    Any(Vec<Expression>),
    Not(Box<Expression>),
    /// A value and what must hold of it.
    Test(Operand, Test),
}

/// What must hold of a value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Test {
    Compare(Comparison, Operand),
    /// Whether the value is there must be what the operand says.
    Exists(Operand),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    In,
    NotIn,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operand {
    Literal(RawBson),
    /// Nothing: an expansion of this request that has no value.
    Missing,
    /// Known when the request is: `%%user`, `%%values`, `%%environment`, `%%request`, `%%args`.
    Scope(Path),
    /// Known when the document is.
    Document(Version, Path),
    Convert(Conversion, Box<Operand>),
    /// A function of the app and its arguments.
    Call(String, Vec<Operand>),
    List(Vec<Operand>),
    Fields(Vec<(String, Operand)>),
}

/// Which document, or which field of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    Root,
    PreviousRoot,
    This,
    Previous,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Conversion {
    StringToOid,
    OidToString,
    StringToUuid,
    UuidToString,
}

/// What an expression is asked about.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Documents<'a> {
    /// The document as it is, or as a write would leave it.
    pub(crate) root: Option<&'a RawDocument>,
    /// The document before the write.
    pub(crate) previous_root: Option<&'a RawDocument>,
    /// The field that the expression belongs to, if it belongs to one.
    pub(crate) this: Option<RawBsonRef<'a>>,
    /// The same before the write.
    pub(crate) previous: Option<RawBsonRef<'a>>,
}

impl<'a> Documents<'a> {
    pub(crate) fn root(document: &'a RawDocument) -> Self {
        Self { root: Some(document), ..Self::default() }
    }

    pub(super) fn version(&self, version: Version) -> Option<RawBsonRef<'a>> {
        match version {
            Version::Root => self.root.map(RawBsonRef::Document),
            Version::PreviousRoot => self.previous_root.map(RawBsonRef::Document),
            // Outside a field they mean the document.
            Version::This => self.this.or(self.root.map(RawBsonRef::Document)),
            Version::Previous => self.previous.or(self.previous_root.map(RawBsonRef::Document)),
        }
    }
}

impl Expression {
    /// Whether any operand of the expression is such.
    pub(super) fn any_operand(&self, test: &dyn Fn(&Operand) -> bool) -> bool {
        match self {
            Self::Constant(_) => false,
            Self::All(parts) | Self::Any(parts) => parts.iter().any(|part| part.any_operand(test)),
            Self::Not(part) => part.any_operand(test),
            Self::Test(subject, Test::Compare(_, operand) | Test::Exists(operand)) => {
                subject.any(test) || operand.any(test)
            }
        }
    }

    /// Whether it calls functions, and so must be bound on a thread that may wait for them.
    pub(crate) fn has_calls(&self) -> bool {
        self.any_operand(&|operand| matches!(operand, Operand::Call(..)))
    }
}

impl Operand {
    pub(super) fn any(&self, test: &dyn Fn(&Self) -> bool) -> bool {
        test(self)
            || match self {
                Self::Literal(_) | Self::Missing | Self::Scope(_) | Self::Document(..) => false,
                Self::Convert(_, operand) => operand.any(test),
                Self::Call(_, operands) | Self::List(operands) => {
                    operands.iter().any(|operand| operand.any(test))
                }
                Self::Fields(fields) => fields.iter().any(|(_, operand)| operand.any(test)),
            }
    }
}
