//! The store as its users see it.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

use bson::{Bson, RawDocumentBuf};
use futures_util::{
    FutureExt, StreamExt, TryStreamExt,
    future::{BoxFuture, ready},
    stream::{self, BoxStream},
};
use redb::Database;
use tokio::{
    sync::{mpsc, oneshot},
    task,
};

use super::{
    file::{self, OpenError},
    search,
    snapshot::{Page, Snapshot},
    writer::{self, Job},
};
use crate::{
    Namespace,
    store::{
        CollectionKind, Document, Find, Insert, Inserted, Outcome, Store, StoreError, id_document,
    },
};

/// Documents in a file of this machine. Clones are the same store.
///
/// # Durability
///
/// Every commit is flushed to the disk before it is answered. After a crash the store opens with
/// all that was answered and, of the rest, whole commits only.
///
/// # Closing
///
/// The file is closed when the last clone is dropped, which waits for the commit that is running.
#[derive(Clone)]
pub struct EmbeddedStore {
    inner: Arc<Inner>,
}

struct Inner {
    database: Arc<Database>,
    path: PathBuf,
    jobs: Option<mpsc::Sender<Job>>,
    writer: Option<thread::JoinHandle<()>>,
}

impl EmbeddedStore {
    /// Opens the store in this directory, or makes one there.
    ///
    /// A store that was not closed in order is repaired first.
    pub async fn open(directory: impl Into<PathBuf>) -> Result<Self, OpenError> {
        let directory = directory.into();
        task::spawn_blocking(move || Self::open_blocking(&directory))
            .await
            .map_err(|_| OpenError::ShuttingDown)?
    }

    /// Whether there is a store in this directory.
    #[must_use]
    pub fn exists(directory: &Path) -> bool {
        file::path_in(directory).is_file()
    }

    /// Opens the store on a disk of the test.
    #[cfg(test)]
    pub(crate) async fn open_on(disk: impl redb::StorageBackend) -> Result<Self, OpenError> {
        let open = move || Self::start(file::open_on(disk)?, PathBuf::new());
        task::spawn_blocking(open).await.map_err(|_| OpenError::ShuttingDown)?
    }

    fn open_blocking(directory: &Path) -> Result<Self, OpenError> {
        let (database, path) = file::open(directory)?;
        Self::start(database, path)
    }

    fn start(database: Database, path: PathBuf) -> Result<Self, OpenError> {
        let database = Arc::new(database);
        let (jobs, queue) = mpsc::channel(writer::QUEUE);
        let writer = thread::Builder::new()
            .name("asymmetric-store".to_owned())
            .spawn({
                let (database, path) = (Arc::clone(&database), path.clone());
                move || writer::run(&database, &path, queue)
            })
            .map_err(OpenError::Thread)?;
        let inner = Inner { database, path, jobs: Some(jobs), writer: Some(writer) };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Sends a job to the writer and waits for its answer.
    async fn write<T>(
        &self,
        job: impl FnOnce(oneshot::Sender<Result<T, StoreError>>) -> Job,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let jobs = self.inner.jobs.as_ref().ok_or(StoreError::Closed)?;
        jobs.send(job(reply)).await.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// Runs `read` on a snapshot, off the async runtime.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Snapshot) -> Result<T, redb::Error> + Send + 'static,
    ) -> Result<T, StoreError> {
        let database = Arc::clone(&self.inner.database);
        let result = task::spawn_blocking(move || {
            let snapshot = Snapshot::new(&database)?;
            read(&snapshot)
        });
        let result = result.await.map_err(|_| StoreError::Closed)?;
        result.map_err(|error| StoreError::Embedded(Arc::new(error)))
    }

    async fn insert_all(&self, inserts: Vec<Insert>) -> Vec<Inserted> {
        let sizes: Vec<_> = inserts.iter().map(|insert| insert.documents.len()).collect();
        match self.write(|reply| Job::Insert { inserts, reply }).await {
            Ok(outcomes) => {
                outcomes.into_iter().map(|outcomes| Inserted { outcomes, error: None }).collect()
            }
            // One transaction holds everything: all of it failed.
            Err(error) => {
                let mut error = Some(error);
                let unknown = |size| Inserted {
                    outcomes: vec![Outcome::Unknown; size],
                    error: Some(error.take().unwrap_or(StoreError::Closed)),
                };
                sizes.into_iter().map(unknown).collect()
            }
        }
    }
}

impl Store for EmbeddedStore {
    fn insert(&self, inserts: Vec<Insert>) -> BoxFuture<'_, Vec<Inserted>> {
        self.insert_all(inserts).boxed()
    }

    fn get<'a>(
        &'a self,
        namespace: &'a Namespace,
        id: Bson,
    ) -> BoxFuture<'a, Result<Option<RawDocumentBuf>, StoreError>> {
        async move {
            let id = Document::try_from(id_document(id)?)?;
            let namespace = namespace.clone();
            let found = self.read(move |snapshot| snapshot.get(&namespace, &id)).await?;
            found.map(to_raw).transpose()
        }
        .boxed()
    }

    fn replace<'a>(
        &'a self,
        namespace: &'a Namespace,
        document: Document,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        self.write(|reply| Job::Replace { namespace: namespace.clone(), document, reply }).boxed()
    }

    fn exchange<'a>(
        &'a self,
        namespace: &'a Namespace,
        before: Document,
        after: Option<Document>,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        let namespace = namespace.clone();
        self.write(|reply| Job::Exchange { namespace, before, after, reply }).boxed()
    }

    fn delete<'a>(
        &'a self,
        namespace: &'a Namespace,
        id: Bson,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        async move {
            let id = Document::try_from(id_document(id)?)?;
            self.write(|reply| Job::Delete { namespace: namespace.clone(), id, reply }).await
        }
        .boxed()
    }

    fn count<'a>(&'a self, namespace: &'a Namespace) -> BoxFuture<'a, Result<u64, StoreError>> {
        let namespace = namespace.clone();
        self.read(move |snapshot| snapshot.count(&namespace)).boxed()
    }

    fn namespaces(&self) -> BoxFuture<'_, Result<Vec<Namespace>, StoreError>> {
        self.read(Snapshot::namespaces).boxed()
    }

    fn find<'a>(
        &'a self,
        namespace: &'a Namespace,
    ) -> BoxStream<'a, Result<RawDocumentBuf, StoreError>> {
        // From the start; behind this key; or at the end.
        let pages =
            stream::try_unfold(Some(None), move |position: Option<Option<Vec<u8>>>| async move {
                let Some(after) = position else { return Ok::<_, StoreError>(None) };
                let namespace = namespace.clone();
                let read = move |snapshot: &Snapshot| snapshot.page(&namespace, after.as_deref());
                let Page { documents, last } = self.read(read).await?;
                let documents = documents.into_iter().map(to_raw);
                Ok(Some((stream::iter(documents), last.map(Some))))
            });
        pages.try_flatten().boxed()
    }

    /// Keys are unique, whatever the collection is for.
    fn kind<'a>(&'a self, _: &'a Namespace) -> BoxFuture<'a, Result<CollectionKind, StoreError>> {
        ready(Ok(CollectionKind::Unique)).boxed()
    }

    /// One process has the file open, and its writer works in order.
    fn straggle(&self) -> Duration {
        Duration::ZERO
    }

    fn search<'a>(
        &'a self,
        namespace: &'a Namespace,
        find: Find,
    ) -> BoxStream<'a, Result<RawDocumentBuf, StoreError>> {
        search::search(self, namespace, &find)
    }

    fn ping(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        // A job that changes nothing: it fails as soon as the database refuses to write.
        self.write(|reply| Job::Insert { inserts: Vec::new(), reply }).map(|r| r.map(drop)).boxed()
    }
}

fn to_raw(bytes: Vec<u8>) -> Result<RawDocumentBuf, StoreError> {
    RawDocumentBuf::from_bytes(bytes).map_err(|error| StoreError::Record(error.to_string()))
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Without the sender the writer ends after its queue; then the file is closed.
        self.jobs = None;
        if let Some(writer) = self.writer.take() {
            drop(writer.join());
        }
    }
}

impl fmt::Debug for EmbeddedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddedStore").field("path", &self.inner.path).finish_non_exhaustive()
    }
}
