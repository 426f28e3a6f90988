//! What a store has to do.

use std::{fmt, time::Duration};

use asymmetric_schema::TimeSeries;
use bson::{Bson, RawDocumentBuf};
use futures_util::{
    FutureExt,
    future::{BoxFuture, ready},
    stream::BoxStream,
};

use super::{Document, StoreError};
use crate::Namespace;

/// Documents for one collection.
#[derive(Clone, Debug)]
pub struct Insert {
    /// The collection.
    pub namespace: Namespace,
    /// The documents. None of them needs to be new.
    pub documents: Vec<Document>,
}

/// What became of the documents of one [`Insert`].
#[derive(Debug)]
pub struct Inserted {
    /// One outcome per document, in order.
    pub outcomes: Vec<Outcome>,
    /// Why outcomes are [`Unknown`](Outcome::Unknown), if any are.
    pub error: Option<StoreError>,
}

/// What became of one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was stored and is durable.
    Inserted,
    /// A document of this `_id` was there before and is durable.
    AlreadyThere,
    /// It will never be stored, for this reason.
    Refused(String),
    /// It may be stored, or durable, or not.
    Unknown,
}

/// What may become of a document that is inserted into a collection twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CollectionKind {
    /// The second time is noticed: no two documents have the same `_id`.
    Unique,
    /// A time-series collection of MongoDB, which stores it twice.
    TimeSeries,
    /// The collection does not exist; an insert makes it one of the first kind.
    Missing,
}

/// Which documents are asked for, and in which order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Find {
    /// A query in MongoDB's language. The empty one means all.
    pub filter: bson::Document,
    /// 1 or -1 for each field, in order.
    pub sort: bson::Document,
    /// How many are left out first.
    pub skip: u64,
    /// How many there are at most.
    pub limit: Option<u64>,
}

impl Find {
    /// How many of the first documents are looked at, those that are left out included.
    pub(crate) fn end(&self) -> usize {
        let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        number(self.skip).saturating_add(self.limit.map_or(usize::MAX, number))
    }
}

/// A place that keeps documents by namespace and `_id`.
///
/// # Durability
///
/// Every method that changes something answers after the change is durable.
///
/// # Cancel safety
///
/// Dropping a future leaves its change made or not made, never half of it per document.
pub trait Store: fmt::Debug + Send + Sync + 'static {
    /// Stores documents, one [`Inserted`] per [`Insert`]. Documents are independent of each other:
    /// one that is refused does not hold up the others.
    fn insert(&self, inserts: Vec<Insert>) -> BoxFuture<'_, Vec<Inserted>>;

    /// The document of this `_id`.
    fn get<'a>(
        &'a self,
        namespace: &'a Namespace,
        id: Bson,
    ) -> BoxFuture<'a, Result<Option<RawDocumentBuf>, StoreError>>;

    /// Puts `document` in the place of the one with its `_id`. Answers whether there was one.
    fn replace<'a>(
        &'a self,
        namespace: &'a Namespace,
        document: Document,
    ) -> BoxFuture<'a, Result<bool, StoreError>>;

    /// Puts `after` in the place of `before`, or removes it if there is no `after`, provided that
    /// the stored document is still `before`. Both have the same `_id`. Answers whether it was.
    fn exchange<'a>(
        &'a self,
        namespace: &'a Namespace,
        before: Document,
        after: Option<Document>,
    ) -> BoxFuture<'a, Result<bool, StoreError>>;

    /// Removes the document of this `_id`. Answers whether there was one.
    fn delete<'a>(
        &'a self,
        namespace: &'a Namespace,
        id: Bson,
    ) -> BoxFuture<'a, Result<bool, StoreError>>;

    /// How many documents a collection holds. A collection that does not exist holds none.
    fn count<'a>(&'a self, namespace: &'a Namespace) -> BoxFuture<'a, Result<u64, StoreError>>;

    /// All collections that clients may write to, sorted.
    fn namespaces(&self) -> BoxFuture<'_, Result<Vec<Namespace>, StoreError>>;

    /// All documents of a collection, read in pages as the stream is polled.
    fn find<'a>(
        &'a self,
        namespace: &'a Namespace,
    ) -> BoxStream<'a, Result<RawDocumentBuf, StoreError>>;

    /// What kind a collection is.
    fn kind<'a>(
        &'a self,
        namespace: &'a Namespace,
    ) -> BoxFuture<'a, Result<CollectionKind, StoreError>>;

    /// Makes a time-series collection, unless there is a collection of this name. A store whose
    /// collections are all [`CollectionKind::Unique`] needs none.
    fn create_time_series<'a>(
        &'a self,
        _: &'a Namespace,
        _: &'a TimeSeries,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        ready(Ok(())).boxed()
    }

    /// Of each document, whether the collection holds one with its `_id`.
    fn present<'a>(
        &'a self,
        namespace: &'a Namespace,
        documents: &'a [Document],
    ) -> BoxFuture<'a, Result<Vec<bool>, StoreError>> {
        async move {
            let mut present = Vec::with_capacity(documents.len());
            for document in documents {
                let id = Bson::try_from(document.id())
                    .map_err(|error| StoreError::Record(error.to_string()))?;
                present.push(self.get(namespace, id).await?.is_some());
            }
            Ok(present)
        }
        .boxed()
    }

    /// How long an insert may still take effect after its caller gave it up, at most.
    fn straggle(&self) -> Duration;

    /// The documents that are asked for. A store that works in memory refuses what it does not know.
    fn search<'a>(
        &'a self,
        namespace: &'a Namespace,
        find: Find,
    ) -> BoxStream<'a, Result<RawDocumentBuf, StoreError>>;

    /// What a pipeline makes of a collection; `None` from a store that leaves that to its caller.
    fn aggregate<'a>(
        &'a self,
        _: &'a Namespace,
        _: Vec<bson::Document>,
    ) -> Option<BoxStream<'a, Result<RawDocumentBuf, StoreError>>> {
        None
    }

    /// Whether the store can do its work right now.
    fn ping(&self) -> BoxFuture<'_, Result<(), StoreError>>;
}
