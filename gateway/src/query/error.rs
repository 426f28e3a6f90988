//! Queries, sorts, projections and updates that have no meaning here.

/// Something that is asked for and cannot be done in memory.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// An operator that is not known here.
    #[error("the operator `{0}` is not supported here")]
    Operator(String),
    /// An operator with an argument that it does not take.
    #[error("`{operator}` takes {wanted}")]
    Argument {
        /// The operator.
        operator: String,
        /// What it takes.
        wanted: &'static str,
    },
    /// A stage of a pipeline that is not known here.
    #[error("the stage `{0}` is not supported here")]
    Stage(String),
    /// A pipeline that holds or answers too much.
    #[error("more than {0}; match more, or limit, before that")]
    TooMuch(&'static str),
    /// Nesting beyond what is looked at.
    #[error("the query is nested too deeply")]
    TooDeep,
    /// A value that BSON cannot hold.
    #[error("the value cannot be stored as BSON: {0}")]
    Value(String),
    /// A path that leads through something that is no document.
    #[error("`{0}` leads through a value that is no document")]
    Path(String),
    /// An update that would change the `_id`.
    #[error("the `_id` of a document cannot be changed")]
    Id,
}

impl QueryError {
    pub(super) fn argument(operator: &str, wanted: &'static str) -> Self {
        Self::Argument { operator: operator.to_owned(), wanted }
    }
}
