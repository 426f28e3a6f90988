//! Failures of a store.

use std::{sync::Arc, time::Duration};

use super::MalformedDocument;

/// The store could not do what it was asked to; trying again later may help.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The embedded database failed. After a failed commit it refuses work until it is reopened.
    #[error("the embedded database failed")]
    Embedded(#[source] Arc<redb::Error>),
    /// The embedded store was closed, or its writer is gone.
    #[error("the embedded store is closed")]
    Closed,
    /// MongoDB answered with an error, or could not be reached.
    #[error("MongoDB failed")]
    MongoDb(#[source] Box<mongodb::error::Error>),
    /// MongoDB could not write a document, for a reason that is not the document's.
    #[error("MongoDB could not write: {0}")]
    Write(String),
    /// MongoDB stored the documents, but did not confirm that a majority has them.
    #[error("MongoDB did not confirm the write concern: {0}")]
    WriteConcern(String),
    /// MongoDB did not answer in time.
    #[error("MongoDB did not answer within {0:?}")]
    Timeout(Duration),
    /// The documents waited too long for their turn and were not sent.
    #[error("the documents waited too long and were not sent")]
    Late,
    /// The store cannot be asked that; the request is wrong, not the store.
    #[error(transparent)]
    Query(#[from] crate::query::QueryError),
    /// More documents than can be put in order in memory.
    #[error("the documents to sort take more than {0} MiB; filter more, or sort less")]
    Sort(usize),
    /// A document that the gateway itself wrote cannot be read, or was made wrongly.
    #[error("a record of the gateway is damaged: {0}")]
    Record(String),
}

impl StoreError {
    /// What MongoDB says of a request that it will never do, if that is what it says.
    pub(crate) fn blames_request(&self) -> Option<&str> {
        match self {
            Self::MongoDb(error) => super::mongo::refused_request(error),
            _ => None,
        }
    }
}

impl From<mongodb::error::Error> for StoreError {
    fn from(error: mongodb::error::Error) -> Self {
        Self::MongoDb(Box::new(error))
    }
}

impl From<MalformedDocument> for StoreError {
    fn from(error: MalformedDocument) -> Self {
        Self::Record(error.to_string())
    }
}
