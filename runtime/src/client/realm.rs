//! The write-only database on the device.

use std::{
    marker::PhantomData,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

use super::{
    DamagedChunk, Durability, OpenError, RejectedObject, SyncSession, User, WhenFull,
    outbox::{Committer, Options, Outbox},
    realm_upload,
    upload::{Control, UploadOptions},
};
use crate::model::Schema;
use asymmetric_protocol::chunk::Codec;

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
    /// Closes the outbox when it is dropped.
    _committer: Committer,
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
            upload: UploadOptions::default(),
            durability: Durability::default(),
            options: Options::default(),
            schema: PhantomData,
        }
    }

    /// The upload of the realm: its state, and how far it has come.
    pub fn sync_session(&self) -> &SyncSession {
        &self.shared.sync_session
    }

    /// The objects that the server refused for good, oldest first. Blocks on the disk.
    pub fn rejected_objects(&self) -> Result<Vec<RejectedObject>, StorageError> {
        self.shared.outbox.rejected().map_err(StorageError::new)
    }

    /// The chunks of objects that the disk did not keep, oldest first. Blocks on the disk.
    pub fn damaged_chunks(&self) -> Result<Vec<DamagedChunk>, StorageError> {
        self.shared.outbox.damaged().map_err(StorageError::new)
    }

    /// Gives disk space that is not needed back to the file system; `true` if there was some.
    /// Blocks for as long as it takes to copy what is pending; writers wait meanwhile.
    ///
    /// A realm does so by itself when nobody has written for a second, its file takes more than
    /// 64 MiB, and less than a quarter of it is pending.
    pub fn compact(&self) -> Result<bool, StorageError> {
        self.shared.outbox.compact().map_err(StorageError::new)
    }

    pub(super) fn outbox(&self) -> &Arc<Outbox> {
        &self.shared.outbox
    }

    /// What transactions survive that do not say otherwise.
    pub(super) fn durability(&self) -> Durability {
        self.shared.durability
    }

    /// Stops the upload, makes what was buffered durable and what has been acknowledged leave the
    /// file, and refuses further writes through clones of this realm. Blocks until that is done.
    ///
    /// Dropping the last clone does the same, but cannot tell of an error.
    pub fn close(self) -> Result<(), StorageError> {
        self.shared.stop();
        self.shared.outbox.close().map_err(StorageError::new)
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

impl StorageError {
    pub(super) fn new(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self(Box::new(error))
    }
}

/// Describes a [`Realm`].
#[derive(Debug)]
#[must_use = "nothing happens before `open`"]
pub struct RealmBuilder<'a, S> {
    user: &'a User,
    path: PathBuf,
    pub(super) upload: UploadOptions,
    durability: Durability,
    options: Options,
    schema: PhantomData<fn() -> S>,
}

impl<S: Schema> RealmBuilder<'_, S> {
    /// What the objects of a transaction survive, unless it says otherwise. The default is
    /// [`Durability::Durable`].
    pub const fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Most bytes of BSON that wait for the server. Unlimited by default.
    ///
    /// The file takes up to about twice as much: redb grows files by doubling them.
    pub const fn max_bytes(mut self, bytes: u64) -> Self {
        self.options.limits.max_bytes = Some(bytes);
        self
    }

    /// Most objects that wait for the server. Unlimited by default.
    pub const fn max_objects(mut self, objects: u64) -> Self {
        self.options.limits.max_objects = Some(objects);
        self
    }

    /// Objects that have waited longer for the server are dropped, counted and told as an event.
    /// Unlimited by default.
    ///
    /// The wall clock decides, to within a sixteenth of the age or a minute.
    pub const fn max_age(mut self, age: Duration) -> Self {
        self.options.limits.max_age = Some(age);
        self
    }

    /// What happens to a write that would exceed [`max_bytes`](Self::max_bytes) or
    /// [`max_objects`](Self::max_objects). The default is [`WhenFull::Reject`].
    pub const fn when_full(mut self, policy: WhenFull) -> Self {
        self.options.limits.when_full = policy;
        self
    }

    /// Whether objects are compressed (zstd, level 1) before they are stored. They travel as they
    /// are stored. Spares flash and metered links, and makes commits of many objects slower. Off by
    /// default; may differ from one opening to the next.
    pub const fn compress(mut self, compress: bool) -> Self {
        self.options.codec = if compress { Codec::Zstd } else { Codec::None };
        self
    }

    /// Takes this much disk space from the start and keeps it, so that commits find their blocks
    /// assigned and the disk cannot be filled by others. Nothing by default.
    ///
    /// Filling the space takes time, once; growth beyond it is filled as well. Until the realm is closed
    /// for the first time, the file may take up to twice as much, because redb doubles growing files.
    pub const fn preallocate(mut self, bytes: u64) -> Self {
        self.options.preallocate = bytes;
        self
    }

    /// Opens the realm and starts its upload. Blocks on the disk for a moment.
    pub fn open(self) -> Result<Realm<S>, OpenError> {
        let outbox = self.options.open(&self.path, self.user.app().id(), &S::REALM)?;
        self.start(outbox)
    }

    /// Opens the realm on storage of the caller's making; the path is for messages.
    #[cfg(feature = "test-util")]
    #[doc(hidden)]
    pub fn open_on(self, backend: impl redb::StorageBackend) -> Result<Realm<S>, OpenError> {
        let app = self.user.app().id();
        let outbox = self.options.open_backend(&self.path, backend, app, &S::REALM)?;
        self.start(outbox)
    }

    fn start(self, outbox: Outbox) -> Result<Realm<S>, OpenError> {
        let Self { user, path, upload, durability, .. } = self;
        let outbox = Arc::new(outbox);
        let io = |source| OpenError::Io { path: path.clone(), source };
        let committer = Committer::start(&outbox).map_err(io)?;
        let (sync_session, upload) = realm_upload::start(&outbox, user, &path, upload)?;
        let upload = Mutex::new(Some(upload));
        let shared = Shared { outbox, durability, sync_session, upload, _committer: committer };
        Ok(Realm { shared: Arc::new(shared), schema: PhantomData })
    }
}
