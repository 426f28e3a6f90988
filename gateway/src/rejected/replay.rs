//! Putting a rejected object into its collection after all.

use super::{RejectedObject, RejectedObjects};
use crate::{
    Namespace, NamespaceError,
    store::{Document, Insert, MalformedDocument, Outcome, StoreError},
};

/// What became of a replayed object. It is forgotten in either case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replayed {
    /// It is in its collection now.
    Inserted,
    /// A document of its `_id` was there already.
    AlreadyThere,
}

/// An object that cannot be replayed. It stays where it is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// There is no such object.
    #[error("no rejected object has the id `{0}`")]
    NotFound(String),
    /// Its bytes were too many to be kept.
    #[error("the object was too large to be kept")]
    NotKept,
    /// Its bytes are not a document.
    #[error("the object is not a document that MongoDB could store")]
    Malformed(#[source] MalformedDocument),
    /// There is no such place.
    #[error("its collection is none that a device may write to")]
    Namespace(#[source] NamespaceError),
    /// MongoDB refuses it again.
    #[error("the store refuses it: {0}")]
    Refused(String),
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
}

impl RejectedObjects {
    /// Puts an object into its collection and forgets it. Schemas and rules of the app are not
    /// asked: whoever replays has decided. Those of MongoDB's own are.
    ///
    /// # Durability
    ///
    /// The object is durable in its collection before it is forgotten; replaying again after a
    /// failure stores it once.
    pub async fn replay(&self, id: &str) -> Result<Replayed, ReplayError> {
        let object = self.get(id).await?.ok_or_else(|| ReplayError::NotFound(id.to_owned()))?;
        let RejectedObject { database, collection, document, .. } = object;
        let bytes = document.ok_or(ReplayError::NotKept)?.bytes;
        let document = Document::check(bytes.into()).map_err(ReplayError::Malformed)?;
        let namespace =
            Namespace::for_clients(&database, &collection).map_err(ReplayError::Namespace)?;
        let replayed = self.insert(namespace, document).await?;
        self.discard(id).await?;
        Ok(replayed)
    }

    async fn insert(
        &self,
        namespace: Namespace,
        document: Document,
    ) -> Result<Replayed, ReplayError> {
        // A time-series collection would take it twice.
        let documents = [document];
        if self.store.present(&namespace, &documents).await?.contains(&true) {
            return Ok(Replayed::AlreadyThere);
        }
        let insert = Insert { namespace, documents: documents.into() };
        let inserted = self.store.insert(vec![insert]).await.pop();
        let (outcome, error) = match inserted {
            Some(mut inserted) => (inserted.outcomes.pop(), inserted.error),
            None => (None, None),
        };
        match outcome {
            Some(Outcome::Inserted) => Ok(Replayed::Inserted),
            Some(Outcome::AlreadyThere) => Ok(Replayed::AlreadyThere),
            Some(Outcome::Refused(reason)) => Err(ReplayError::Refused(reason)),
            Some(Outcome::Unknown) | None => Err(error.unwrap_or(StoreError::Closed).into()),
        }
    }
}
