//! A store that does nothing, to see what the gateway itself costs.

use std::{sync::Arc, time::Duration};

use asymmetric_gateway::{
    Namespace, Store,
    store::{CollectionKind, Document, Find, Insert, Inserted, Outcome, StoreError},
};
use bson::{Bson, RawDocumentBuf};
use futures_util::{
    FutureExt as _,
    future::{BoxFuture, ready},
    stream::{BoxStream, StreamExt as _, empty},
};

type Answer<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// Takes every document of a client and forgets it.
#[derive(Debug)]
pub(crate) struct Nothing {
    /// For users and sessions.
    pub(crate) system: Arc<dyn Store>,
}

fn is_system(namespace: &Namespace) -> bool {
    namespace.database().starts_with("__")
}

impl Store for Nothing {
    fn insert(&self, inserts: Vec<Insert>) -> BoxFuture<'_, Vec<Inserted>> {
        if inserts.iter().any(|insert| is_system(&insert.namespace)) {
            return self.system.insert(inserts);
        }
        let stored = |insert: Insert| {
            let outcomes = vec![Outcome::Inserted; insert.documents.len()];
            Inserted { outcomes, error: None }
        };
        ready(inserts.into_iter().map(stored).collect()).boxed()
    }

    fn get<'a>(&'a self, namespace: &'a Namespace, id: Bson) -> Answer<'a, Option<RawDocumentBuf>> {
        self.system.get(namespace, id)
    }

    fn replace<'a>(&'a self, namespace: &'a Namespace, document: Document) -> Answer<'a, bool> {
        self.system.replace(namespace, document)
    }

    fn exchange<'a>(
        &'a self,
        namespace: &'a Namespace,
        before: Document,
        after: Option<Document>,
    ) -> Answer<'a, bool> {
        self.system.exchange(namespace, before, after)
    }

    fn delete<'a>(&'a self, namespace: &'a Namespace, id: Bson) -> Answer<'a, bool> {
        self.system.delete(namespace, id)
    }

    fn count<'a>(&'a self, _: &'a Namespace) -> Answer<'a, u64> {
        ready(Ok(0)).boxed()
    }

    fn namespaces(&self) -> Answer<'_, Vec<Namespace>> {
        ready(Ok(Vec::new())).boxed()
    }

    fn find<'a>(&'a self, _: &'a Namespace) -> BoxStream<'a, Result<RawDocumentBuf, StoreError>> {
        empty().boxed()
    }

    fn search<'a>(
        &'a self,
        namespace: &'a Namespace,
        find: Find,
    ) -> BoxStream<'a, Result<RawDocumentBuf, StoreError>> {
        self.system.search(namespace, find)
    }

    fn kind<'a>(&'a self, _: &'a Namespace) -> Answer<'a, CollectionKind> {
        ready(Ok(CollectionKind::Unique)).boxed()
    }

    fn straggle(&self) -> Duration {
        Duration::ZERO
    }

    fn ping(&self) -> Answer<'_, ()> {
        self.system.ping()
    }
}
