//! A store in front of another that fails or waits when told to.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use asymmetric_schema::TimeSeries;
use bson::{Bson, RawDocumentBuf};
use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream::BoxStream};
use tokio::sync::Semaphore;

use crate::{
    EmbeddedStore, Namespace, Store,
    store::{CollectionKind, Document, Find, Insert, Inserted, Outcome, StoreError},
};

#[derive(Clone, Debug)]
pub(crate) struct FaultyStore {
    inner: EmbeddedStore,
    control: Arc<Control>,
}

#[derive(Debug)]
pub(crate) struct Control {
    /// Inserts into this collection fail.
    failing: Mutex<Option<&'static str>>,
    /// Inserts of clients wait for one of these.
    gate: Semaphore,
    /// One for every insert of a client that has come.
    arrived: Semaphore,
    inserts: AtomicUsize,
}

impl FaultyStore {
    pub(crate) fn new(inner: EmbeddedStore) -> Self {
        let gate = Semaphore::new(Semaphore::MAX_PERMITS);
        let control = Control {
            failing: Mutex::new(None),
            gate,
            arrived: Semaphore::new(0),
            inserts: AtomicUsize::new(0),
        };
        Self { inner, control: Arc::new(control) }
    }

    pub(crate) fn fail(&self, collection: Option<&'static str>) {
        *self.control.failing.lock().unwrap() = collection;
    }

    /// Lets no insert through until `open`.
    pub(crate) fn close(&self) {
        self.control.gate.forget_permits(Semaphore::MAX_PERMITS);
    }

    pub(crate) fn open(&self) {
        self.control.gate.add_permits(1000);
    }

    /// How many inserts of clients have come.
    pub(crate) fn inserts(&self) -> usize {
        self.control.inserts.load(Ordering::Relaxed)
    }

    /// Waits until an insert has come.
    pub(crate) async fn arrival(&self) {
        self.control.arrived.acquire().await.unwrap().forget();
    }

    async fn insert_one(&self, insert: Insert) -> Inserted {
        if *self.control.failing.lock().unwrap() == Some(insert.namespace.collection()) {
            let outcomes = vec![Outcome::Unknown; insert.documents.len()];
            return Inserted { outcomes, error: Some(StoreError::Closed) };
        }
        self.inner.insert(vec![insert]).await.remove(0)
    }
}

impl Store for FaultyStore {
    fn insert(&self, inserts: Vec<Insert>) -> BoxFuture<'_, Vec<Inserted>> {
        async move {
            let system = inserts.iter().all(|insert| insert.namespace.database() == "__asymmetric");
            if !system {
                self.control.inserts.fetch_add(1, Ordering::Relaxed);
                self.control.arrived.add_permits(1);
                drop(self.control.gate.acquire().await.unwrap());
            }
            let mut inserted = Vec::new();
            for insert in inserts {
                inserted.push(self.insert_one(insert).await);
            }
            inserted
        }
        .boxed()
    }

    fn get<'a>(
        &'a self,
        namespace: &'a Namespace,
        id: Bson,
    ) -> BoxFuture<'a, Result<Option<RawDocumentBuf>, StoreError>> {
        self.inner.get(namespace, id)
    }

    fn replace<'a>(
        &'a self,
        namespace: &'a Namespace,
        document: Document,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        self.inner.replace(namespace, document)
    }

    fn exchange<'a>(
        &'a self,
        namespace: &'a Namespace,
        before: Document,
        after: Option<Document>,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        self.inner.exchange(namespace, before, after)
    }

    fn kind<'a>(
        &'a self,
        namespace: &'a Namespace,
    ) -> BoxFuture<'a, Result<CollectionKind, StoreError>> {
        self.inner.kind(namespace)
    }

    fn create_time_series<'a>(
        &'a self,
        namespace: &'a Namespace,
        options: &'a TimeSeries,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.inner.create_time_series(namespace, options)
    }

    fn present<'a>(
        &'a self,
        namespace: &'a Namespace,
        documents: &'a [Document],
    ) -> BoxFuture<'a, Result<Vec<bool>, StoreError>> {
        self.inner.present(namespace, documents)
    }

    fn straggle(&self) -> Duration {
        self.inner.straggle()
    }

    fn delete<'a>(
        &'a self,
        namespace: &'a Namespace,
        id: Bson,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        self.inner.delete(namespace, id)
    }

    fn count<'a>(&'a self, namespace: &'a Namespace) -> BoxFuture<'a, Result<u64, StoreError>> {
        self.inner.count(namespace)
    }

    fn namespaces(&self) -> BoxFuture<'_, Result<Vec<Namespace>, StoreError>> {
        self.inner.namespaces()
    }

    fn find<'a>(
        &'a self,
        namespace: &'a Namespace,
    ) -> BoxStream<'a, Result<RawDocumentBuf, StoreError>> {
        self.inner.find(namespace).boxed()
    }

    fn search<'a>(
        &'a self,
        namespace: &'a Namespace,
        find: Find,
    ) -> BoxStream<'a, Result<RawDocumentBuf, StoreError>> {
        self.inner.search(namespace, find)
    }

    fn ping(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        async move {
            let failing = self.control.failing.lock().unwrap().is_some();
            if failing { Err(StoreError::Closed) } else { Ok(()) }
        }
        .boxed()
    }
}
