//! The write-only database on the device.

use std::{
    cell::Cell,
    marker::PhantomData,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
};

use tokio::sync::watch;

use super::{
    Durability, OpenError, RejectedObject, RequestError, SyncSession, Transaction, User,
    WriteError,
    outbox::{Outbox, StoredSession},
    transaction::Buffers,
    upload::{Control, HttpTransport, RetryDelays, UploadState, Uploader},
};
use crate::model::{MemberOf, Schema};

thread_local! {
    /// Buffers of the last transaction on this thread; a nested one makes its own.
    static BUFFERS: Cell<Buffers> = Cell::default();
}

/// The write-only database on the device, opened for one user with one realm schema.
///
/// Objects that were written are durable in the realm's file and are uploaded in the background
/// until the server has acknowledged them; then they leave the device.
///
/// Cheap to clone and safe to use from many threads: writers that wait at the same time share one
/// commit. When the last clone is dropped, the upload stops and the file is closed; what was not
/// uploaded is, the next time the realm is opened.
///
/// ```no_run
/// # use asymmetric::{asymmetric, realm_schema, App, Credentials, Error, ObjectId, Realm};
/// # use std::time::Duration;
/// #[asymmetric(database = "telemetry")]
/// struct Reading {
///     #[asymmetric(primary_key)]
///     id: ObjectId,
///     celsius: f64,
/// }
///
/// realm_schema! { struct Telemetry = [Reading]; }
///
/// # async fn example() -> Result<(), Error> {
/// let app = App::builder("weather-abcde").base_url("http://127.0.0.1:9090").build()?;
/// let user = app.log_in(Credentials::anonymous()).await?;
/// let realm = Realm::<Telemetry>::open(&user, "telemetry.realm")?;
///
/// realm.write(|tx| {
///     tx.create(Reading { id: ObjectId::new(), celsius: 21.5 })?;
///     tx.create(Reading { id: ObjectId::new(), celsius: 21.6 })
/// })?;
///
/// realm.sync_session().wait_for_upload(Duration::from_secs(30)).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Realm<S> {
    shared: Arc<Shared>,
    schema: PhantomData<fn() -> S>,
}

#[derive(Debug)]
struct Shared {
    outbox: Arc<Outbox>,
    durability: Durability,
    sync_session: SyncSession,
    upload: Mutex<Option<JoinHandle<()>>>,
}

impl<S> Clone for Realm<S> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), schema: PhantomData }
    }
}

// The bounds stand on the methods: there the compiler says what a realm schema is, while on the
// block it would only deny that the method exists.
impl<S> Realm<S> {
    /// Opens the realm in the file at `path`, which is created if there is none.
    ///
    /// Blocks on the disk for a moment.
    pub fn open(user: &User, path: impl AsRef<Path>) -> Result<Self, OpenError>
    where
        S: Schema,
    {
        Self::builder(user, path).open()
    }

    /// Starts to describe the realm in the file at `path`.
    pub fn builder(user: &User, path: impl AsRef<Path>) -> RealmBuilder<'_, S>
    where
        S: Schema,
    {
        RealmBuilder {
            user,
            path: path.as_ref().to_owned(),
            delays: RetryDelays::default(),
            durability: Durability::default(),
            schema: PhantomData,
        }
    }

    /// Writes the objects that `create` adds to the transaction: all of them, or, if it returns an
    /// error or panics, none.
    ///
    /// Blocks until the objects are durable; threads that write at the same time share the wait.
    /// In async code, call it where blocking is allowed (`spawn_blocking`).
    ///
    /// # Durability
    ///
    /// When it returns `Ok`, the objects survive power loss. If it returns
    /// [`WriteError::Storage`], some or none of them may.
    pub fn write<R>(
        &self,
        create: impl FnOnce(&mut Transaction<'_, S>) -> Result<R, WriteError>,
    ) -> Result<R, WriteError>
    where
        S: Schema,
    {
        let mut buffers = BUFFERS.take();
        buffers.objects.clear();
        buffers.primary_keys.clear();
        let Buffers { objects, primary_keys } = &mut buffers;
        let members = &self.shared.outbox.identity().members;
        let mut transaction =
            Transaction::new(objects, primary_keys, members, self.shared.durability);
        let result = create(&mut transaction).map(|result| (result, transaction.durability()));
        let result = result.and_then(|(result, durability)| {
            self.shared.outbox.commit(objects, durability)?;
            Ok(result)
        });
        buffers.forget_huge();
        BUFFERS.set(buffers);
        result
    }

    /// Writes a single object; the same as a [`write`](Self::write) that creates nothing else.
    pub fn create<T: MemberOf<S>>(&self, object: T) -> Result<(), WriteError>
    where
        S: Schema,
    {
        self.write(|tx| tx.create(object))
    }

    /// Writes all objects in one transaction, or, if one of them is refused, none.
    ///
    /// Blocks until they are durable, like [`write`](Self::write), and holds their BSON in memory
    /// until then. No objects cost nothing.
    pub fn create_all<T: MemberOf<S>>(
        &self,
        objects: impl IntoIterator<Item = T>,
    ) -> Result<(), WriteError>
    where
        S: Schema,
    {
        self.write(|tx| objects.into_iter().try_for_each(|object| tx.create(object)))
    }

    /// The upload of the realm: its state, and how far it has come.
    pub fn sync_session(&self) -> &SyncSession {
        &self.shared.sync_session
    }

    /// The objects that the server refused for good, oldest first. Blocks on the disk.
    pub fn rejected_objects(&self) -> Result<Vec<RejectedObject>, StorageError> {
        self.shared.outbox.rejected().map_err(|error| StorageError(Box::new(error)))
    }

    /// Stops the upload, makes what has been acknowledged leave the file, and refuses further
    /// writes through clones of this realm. Blocks until the upload has stopped.
    ///
    /// Dropping the last clone does the same, but cannot tell of an error.
    pub fn close(self) -> Result<(), StorageError> {
        self.shared.stop();
        let result = self.shared.outbox.flush();
        self.shared.outbox.close();
        result.map_err(|error| StorageError(Box::new(error)))
    }
}

impl Shared {
    fn stop(&self) {
        self.sync_session.control(Control::Stop);
        let upload = self.upload.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(upload) = upload
            && upload.join().is_err()
        {
            tracing::error!("the upload task panicked; its objects are still stored");
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The file could not be read or written. What was durable still is.
#[derive(Debug, thiserror::Error)]
#[error("the outbox could not be accessed")]
pub struct StorageError(#[source] Box<dyn std::error::Error + Send + Sync>);

/// Describes a [`Realm`].
#[derive(Debug)]
#[must_use = "nothing happens before `open`"]
pub struct RealmBuilder<'a, S> {
    user: &'a User,
    path: PathBuf,
    delays: RetryDelays,
    durability: Durability,
    schema: PhantomData<fn() -> S>,
}

impl<S: Schema> RealmBuilder<'_, S> {
    /// How long the upload waits after a failure.
    pub const fn retry_delays(mut self, delays: RetryDelays) -> Self {
        self.delays = delays;
        self
    }

    /// What the objects of a transaction survive, unless it says otherwise. The default is
    /// [`Durability::Durable`].
    pub const fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Opens the realm and starts its upload. Blocks on the disk for a moment.
    pub fn open(self) -> Result<Realm<S>, OpenError> {
        let outbox = Outbox::open(&self.path, self.user.app().id(), &S::REALM)?;
        self.start(outbox)
    }

    /// Opens the realm on storage of the caller's making; the path is for messages.
    #[cfg(feature = "test-util")]
    #[doc(hidden)]
    pub fn open_on(self, backend: impl redb::StorageBackend) -> Result<Realm<S>, OpenError> {
        let app = self.user.app().id();
        let outbox = Outbox::open_backend(&self.path, backend, app, &S::REALM)?;
        self.start(outbox)
    }

    fn start(self, outbox: Outbox) -> Result<Realm<S>, OpenError> {
        let Self { user, path, delays, durability, .. } = self;
        let outbox = Arc::new(outbox);
        let io = |source| OpenError::Io { path: path.clone(), source };
        // Watched from before the comparison, so that no login falls between the two.
        let session = user.session().subscribe();
        bind_user(&outbox, user, &path)?;

        let (control, commands) = watch::channel(Control::Run);
        let state = watch::Sender::new(UploadState::Idle);
        let sync_session =
            SyncSession::new(outbox.progress().subscribe(), state.subscribe(), control);
        let transport = HttpTransport::new(user.clone()).map_err(RequestError::Network);
        let transport = transport.map_err(std::io::Error::other).map_err(io)?;
        let uploader =
            Uploader::new(Arc::clone(&outbox), transport, delays, state, commands, session);
        // A thread of its own: the upload reads the disk, and it must go on whatever the
        // application does with its runtime, or if it has none.
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(io)?;
        let upload = std::thread::Builder::new()
            .name("asymmetric-upload".to_owned())
            .spawn(move || {
                runtime.block_on(uploader.run());
                // A look-up of a name that hangs must not hold up whoever closes the realm.
                runtime.shutdown_background();
            })
            .map_err(io)?;
        let shared = Shared { outbox, durability, sync_session, upload: Mutex::new(Some(upload)) };
        Ok(Realm { shared: Arc::new(shared), schema: PhantomData })
    }
}

/// Makes the user's session and the one in the file the same, unless they are of two users.
fn bind_user(outbox: &Outbox, user: &User, path: &Path) -> Result<(), OpenError> {
    let storage = |error: redb::Error| OpenError::Io {
        path: path.to_owned(),
        source: std::io::Error::other(error),
    };
    let remembered = outbox.session().map_err(storage)?;
    let holds = user.adopt(remembered.clone());
    match (&holds, &remembered) {
        (
            Some(StoredSession { user_id: wanted, .. }),
            Some(StoredSession { user_id: found, .. }),
        ) if wanted != found => {
            let (found, wanted) = (found.clone(), wanted.clone());
            Err(OpenError::WrongUser { path: path.to_owned(), found, wanted })
        }
        (Some(_), _) if holds != remembered => {
            outbox.store_session(holds.as_ref()).map_err(storage)
        }
        _ => Ok(()),
    }
}
