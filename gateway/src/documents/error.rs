//! Operations on documents that are not done.

use crate::{
    Namespace, NamespaceError,
    functions::FunctionError,
    query::QueryError,
    rules::{CallError, Denied},
    store::StoreError,
};

/// Why an operation was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DocumentsError {
    #[error("service not found: '{0}'")]
    NoService(String),
    #[error("no rule exists for namespace '{0}'")]
    NoRule(Namespace),
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error(
        "'{0}' holds asymmetric objects: documents can only be inserted; read and change them with \
         a driver of MongoDB"
    )]
    Asymmetric(Namespace),
    #[error("the document does not match the schema: {0}")]
    Schema(String),
    #[error("the store refuses the document: {0}")]
    Refused(String),
    #[error("MongoDB refuses the request: {0}")]
    MongoDb(String),
    #[error("{0}")]
    Argument(String),
    #[error("there is no operation `{0}` on collections")]
    NoOperation(String),
    #[error("the stage `{stage}` is not served: {why}")]
    Stage { stage: String, why: &'static str },
    #[error(
        "the gateway does not stream changes: ask with `find`, or watch with a driver of MongoDB"
    )]
    Watch,
    #[error("more than {0}; filter more, or ask for less at once")]
    TooMuch(&'static str),
    #[error("the document is changed by others all the time")]
    Conflict,
    #[error(transparent)]
    Namespace(#[from] NamespaceError),
    #[error(transparent)]
    Query(#[from] QueryError),
    #[error(transparent)]
    Function(#[from] FunctionError),
    #[error(transparent)]
    Call(#[from] CallError),
    #[error("the gateway is shutting down")]
    ShuttingDown,
    #[error("the store failed")]
    Store(#[source] StoreError),
}

impl From<StoreError> for DocumentsError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Query(error) => Self::Query(error),
            StoreError::Sort(_) => Self::TooMuch("64 MiB of documents to sort"),
            error => match error.blames_request() {
                Some(message) => Self::MongoDb(message.to_owned()),
                None => Self::Store(error),
            },
        }
    }
}
