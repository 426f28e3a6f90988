//! The way of documents into the store.

use std::sync::Arc;

use crate::store::{Insert, Inserted, Store};

/// What requests hand their documents to.
///
/// Every batch goes to the store by itself. The embedded store merges what waits for it; whoever
/// merges batches of many clients for MongoDB does it here.
#[derive(Clone, Debug)]
pub(crate) struct WritePath {
    store: Arc<dyn Store>,
}

impl WritePath {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    /// Answers when the outcome of every document is known, or cannot be known.
    pub(super) async fn write(&self, inserts: Vec<Insert>) -> Vec<Inserted> {
        if inserts.iter().all(|insert| insert.documents.is_empty()) {
            return Vec::new();
        }
        self.store.insert(inserts).await
    }
}
