//! A store whose gateway dies between two steps.

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use asymmetric_schema::TimeSeries;
use bson::{Bson, RawDocumentBuf};
use futures_util::{FutureExt, future::BoxFuture, stream::BoxStream};
use tokio::sync::Notify;

use crate::{
    Namespace, Store,
    store::{CollectionKind, Document, Find, Insert, Inserted, StoreError},
};

/// Passes everything on until the gateway dies: before or after one of its calls, as told. From then
/// on nothing happens and nothing is answered.
#[derive(Clone, Debug)]
pub(crate) struct KillingStore {
    inner: Arc<dyn Store>,
    /// How many points are left to pass.
    left: Arc<AtomicUsize>,
    killed: Arc<Notify>,
    straggle: Duration,
}

impl KillingStore {
    /// The dead do not insert: what they sent has come, and what they did not send never will.
    pub(crate) fn new(inner: Arc<dyn Store>) -> Self {
        Self::with_straggle(inner, Duration::ZERO)
    }

    /// The same for gateways that die while their inserts go on.
    pub(crate) fn with_straggle(inner: Arc<dyn Store>, straggle: Duration) -> Self {
        let left = Arc::new(AtomicUsize::new(usize::MAX));
        Self { inner, left, killed: Arc::default(), straggle }
    }

    /// Dies when it has passed so many more points; every call has one before and one behind it.
    pub(crate) fn kill_after(&self, points: usize) {
        self.left.store(points, Ordering::SeqCst);
    }

    /// Waits until the gateway is dead.
    pub(crate) async fn killed(&self) {
        self.killed.notified().await;
    }

    async fn point(&self) {
        let passes = |left: usize| left.checked_sub(1);
        if self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, passes).is_err() {
            self.killed.notify_one();
            pending::<()>().await;
        }
    }

    fn through<'a, T: Send + 'a>(&'a self, call: BoxFuture<'a, T>) -> BoxFuture<'a, T> {
        async move {
            self.point().await;
            let answer = call.await;
            self.point().await;
            answer
        }
        .boxed()
    }
}

impl Store for KillingStore {
    fn insert(&self, inserts: Vec<Insert>) -> BoxFuture<'_, Vec<Inserted>> {
        self.through(self.inner.insert(inserts))
    }

    fn get<'a>(
        &'a self,
        namespace: &'a Namespace,
        id: Bson,
    ) -> BoxFuture<'a, Result<Option<RawDocumentBuf>, StoreError>> {
        self.through(self.inner.get(namespace, id))
    }

    fn replace<'a>(
        &'a self,
        namespace: &'a Namespace,
        document: Document,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        self.through(self.inner.replace(namespace, document))
    }

    fn exchange<'a>(
        &'a self,
        namespace: &'a Namespace,
        before: Document,
        after: Option<Document>,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        self.through(self.inner.exchange(namespace, before, after))
    }

    fn delete<'a>(
        &'a self,
        namespace: &'a Namespace,
        id: Bson,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        self.through(self.inner.delete(namespace, id))
    }

    fn count<'a>(&'a self, namespace: &'a Namespace) -> BoxFuture<'a, Result<u64, StoreError>> {
        self.through(self.inner.count(namespace))
    }

    fn namespaces(&self) -> BoxFuture<'_, Result<Vec<Namespace>, StoreError>> {
        self.through(self.inner.namespaces())
    }

    fn find<'a>(
        &'a self,
        namespace: &'a Namespace,
    ) -> BoxStream<'a, Result<RawDocumentBuf, StoreError>> {
        self.inner.find(namespace)
    }

    fn search<'a>(
        &'a self,
        namespace: &'a Namespace,
        find: Find,
    ) -> BoxStream<'a, Result<RawDocumentBuf, StoreError>> {
        self.inner.search(namespace, find)
    }

    fn kind<'a>(
        &'a self,
        namespace: &'a Namespace,
    ) -> BoxFuture<'a, Result<CollectionKind, StoreError>> {
        self.through(self.inner.kind(namespace))
    }

    fn create_time_series<'a>(
        &'a self,
        namespace: &'a Namespace,
        options: &'a TimeSeries,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.through(self.inner.create_time_series(namespace, options))
    }

    fn present<'a>(
        &'a self,
        namespace: &'a Namespace,
        documents: &'a [Document],
    ) -> BoxFuture<'a, Result<Vec<bool>, StoreError>> {
        self.through(self.inner.present(namespace, documents))
    }

    fn straggle(&self) -> Duration {
        self.straggle
    }

    fn ping(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        self.through(self.inner.ping())
    }
}
