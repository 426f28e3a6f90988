//! Rules that cannot be used.

/// A rule that has no meaning.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CompileError {
    #[error("`{0}` is no operator of rule expressions")]
    Operator(String),
    #[error("`{0}` is no expansion of rule expressions")]
    Expansion(String),
    #[error("`{operator}` takes {wanted}")]
    Argument { operator: String, wanted: &'static str },
    #[error("`{place}` must be {wanted}")]
    Shape { place: String, wanted: &'static str },
    #[error("`{0}` cannot be stored as BSON")]
    Literal(String),
    #[error("role `{role}`: {error}")]
    Role { role: String, error: Box<CompileError> },
    #[error("two roles are called `{0}`")]
    SameName(String),
}

impl CompileError {
    pub(super) fn argument(operator: &str, wanted: &'static str) -> Self {
        Self::Argument { operator: operator.to_owned(), wanted }
    }

    pub(super) fn shape(place: impl Into<String>, wanted: &'static str) -> Self {
        Self::Shape { place: place.into(), wanted }
    }
}

/// A function that a rule calls and that did not return.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the rule calls the function `{name}`, which failed: {reason}")]
pub(crate) struct CallError {
    pub(crate) name: String,
    pub(crate) reason: String,
}
