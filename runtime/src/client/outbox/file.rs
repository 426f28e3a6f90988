//! Opening and closing the file.

use std::{
    fs::{File, OpenOptions},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use asymmetric_protocol::{
    ClientFileId,
    batch::ClassEntry,
    chunk::{ClassId, Cutter},
};
use asymmetric_schema::{Fingerprint, ObjectSchema, RealmSchema};
use redb::{
    Database, ReadableDatabase, ReadableTable, StorageBackend, TableHandle as _,
    backends::FileBackend,
};
use tokio::sync::{broadcast, watch};

use super::{
    DamagedChunk, OpenError, Options, OutboxEvent, StoredSession, creation,
    disk::Disk,
    drops::Dropped,
    event,
    fates::Fates,
    group::Group,
    meta::{self, Place},
    places::Places,
    rejected,
    sealed::seal,
    settled::Settled,
    sync::{RwLock, RwLockReadGuard, RwLockWriteGuard},
};
use crate::{
    client::progress::{Amount, Progress},
    model::ObjectId,
};

/// Memory redb may use for pages. Half of it may be pages of a transaction that is being written:
/// what does not fit is written twice, and read in between. This is enough for all that a commit
/// gathers, short of transactions that wait in a temporary file.
pub(super) const CACHE_BYTES: usize = 16 * 1024 * 1024;

/// Up to this length, opening a file verifies the checksum of every page in use: redb trusts a
/// file that was closed in order, and panics if it should not have. Longer ones open at once.
const CHECKED_UP_TO_BYTES: u64 = 128 * 1024 * 1024;

/// An open outbox. All methods may be called from any thread; the ones that touch the disk block.
#[derive(Debug)]
pub struct Outbox {
    /// Compacting alone needs it for itself.
    database: RwLock<Database>,
    /// How long the file is.
    pub(super) length: Arc<AtomicU64>,
    /// Where temporary files go.
    directory: PathBuf,
    pub(super) options: Options,
    pub(super) events: broadcast::Sender<OutboxEvent>,
    pub(super) group: Group,
    fates: Mutex<Fates>,
    /// Of whoever leads.
    pub(super) cutter: Mutex<Cutter>,
    pub(super) progress: watch::Sender<Progress>,
    pub(super) identity: Identity,
}

/// What never changes while a file is open.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Names the file to the server.
    pub client_file: ClientFileId,
    /// All classes the file has ever held objects of.
    pub classes: Vec<ClassEntry>,
    /// The numbers of the realm schema's classes, in its order.
    pub members: Vec<ClassId>,
    /// The realm schema itself.
    pub schema: RealmSchema,
}

impl Outbox {
    /// Opens or creates the file for an app and a realm schema, with the default options.
    #[cfg(any(test, feature = "test-util"))]
    pub fn open(path: &Path, app: &str, schema: &RealmSchema) -> Result<Self, OpenError> {
        Options::default().open(path, app, schema)
    }

    /// The same on whatever keeps the bytes; `path` is for messages.
    #[cfg(any(test, feature = "test-util"))]
    pub fn open_backend(
        path: &Path,
        backend: impl StorageBackend,
        app: &str,
        schema: &RealmSchema,
    ) -> Result<Self, OpenError> {
        Options::default().open_backend(path, backend, app, schema)
    }

    /// The directory of the file.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// The database, for everything but compacting it.
    pub(super) fn database(&self) -> RwLockReadGuard<'_, Database> {
        self.database.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The database, while nobody else uses it.
    pub(super) fn exclusive_database(&self) -> RwLockWriteGuard<'_, Database> {
        self.database.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// What became of objects that did not reach the server.
    pub(super) fn fates<R>(&self, use_them: impl FnOnce(&mut Fates) -> R) -> R {
        use_them(&mut self.fates.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Watches what is stored, acknowledged and rejected.
    pub fn progress(&self) -> &watch::Sender<Progress> {
        &self.progress
    }

    /// What never changes while the file is open.
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The session that the file keeps for its user.
    pub(crate) fn session(&self) -> Result<Option<StoredSession>, redb::Error> {
        let table = self.database().begin_read()?.open_table(meta::META)?;
        Ok(meta::read(&table, meta::SESSION, |json| serde_json::from_slice(json).ok())?)
    }

    /// Replaces the session that the file keeps. Durable when it returns.
    pub(crate) fn store_session(&self, session: Option<&StoredSession>) -> Result<(), redb::Error> {
        let json = session.map(serde_json::to_vec).transpose().map_err(io::Error::other);
        let json = json.map_err(redb::StorageError::Io)?;
        let transaction = self.database().begin_write()?;
        {
            let mut table = transaction.open_table(meta::META)?;
            match &json {
                Some(json) => meta::write(&mut table, meta::SESSION, json)?,
                None => drop(table.remove(meta::SESSION)?),
            }
        }
        Ok(transaction.commit()?)
    }
}

impl Options {
    /// Opens or creates the file for an app and a realm schema.
    pub fn open(self, path: &Path, app: &str, schema: &RealmSchema) -> Result<Outbox, OpenError> {
        let opening = Opening { path, options: self };
        let file = opening.file().map_err(|source| opening.io(source))?;
        let backend = FileBackend::new(file).map_err(|error| opening.database(error))?;
        self.open_backend(path, backend, app, schema)
    }

    /// The same on whatever keeps the bytes; `path` is for messages.
    pub fn open_backend(
        self,
        path: &Path,
        backend: impl StorageBackend,
        app: &str,
        schema: &RealmSchema,
    ) -> Result<Outbox, OpenError> {
        let opening = Opening { path, options: self };
        creation::undo_interrupted(&backend).map_err(|error| opening.io(error.into()))?;
        let disk = Disk::new(backend, self.preallocate > 0).map_err(|e| opening.io(e))?;
        let length = disk.length();
        let mut builder = Database::builder();
        let is_checked = length.load(Ordering::Relaxed) <= CHECKED_UP_TO_BYTES;
        builder.set_check_integrity_on_open(is_checked);
        let database = builder.set_cache_size(CACHE_BYTES).create_with_backend(disk);
        let database = database.map_err(|error| opening.database(error))?;
        let outbox = opening.outbox(database, length, app, schema)?;
        outbox.reserve().map_err(|error| opening.storage(error))?;
        Ok(outbox)
    }
}

/// The steps of opening, and how each failure is told.
pub(super) struct Opening<'a> {
    pub(super) path: &'a Path,
    pub(super) options: Options,
}

/// What the tables say of the objects.
struct Found {
    start: Place,
    end: Place,
    /// Objects in the table of rejected ones, and their bytes.
    rejected: Amount,
    dropped: Dropped,
    damaged: Vec<DamagedChunk>,
}

impl Opening<'_> {
    /// The file, made for its owner's eyes only: it holds the user's session.
    fn file(&self) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(self.path)
    }

    fn outbox(
        &self,
        database: Database,
        length: Arc<AtomicU64>,
        app: &str,
        schema: &RealmSchema,
    ) -> Result<Outbox, OpenError> {
        let transaction = database.begin_write().map_err(|e| self.storage(e))?;
        let is_new = transaction.list_tables().map_err(|e| self.storage(e))?.next().is_none();
        if is_new {
            let client_file = ClientFileId::from_bytes(ObjectId::new().bytes());
            meta::create(&transaction, app, client_file).map_err(|e| self.storage(e))?;
        }
        let client_file = self.check_identity(&transaction, app)?;
        let (classes, members, new_classes) = self.classes(&transaction, schema)?;
        let (found, new_damage) = self.find(&transaction)?;
        if is_new || new_classes || new_damage {
            transaction.commit().map_err(|e| self.storage(e))?;
        } else {
            transaction.abort().map_err(|e| self.storage(e))?;
        }
        let Found { start, end, rejected, dropped, damaged } = found;
        let written = Amount { objects: end.sequence.get(), bytes: end.position };
        let mut gone = Amount { objects: start.sequence.get(), bytes: start.position };
        let mut settled = Settled::new(start.sequence);
        for chunk in damaged.iter().filter(|chunk| chunk.first >= start.sequence) {
            if settled.settle(chunk.first, chunk.end) {
                gone.add(chunk.end.get() - chunk.first.get(), chunk.bytes.len() as u64);
            }
        }
        let mut pending = written;
        pending.take(gone.objects, gone.bytes);
        let progress = Progress {
            rejected: rejected.objects,
            rejected_bytes: rejected.bytes,
            overflowed: dropped.overflowed,
            expired: dropped.expired,
            damaged_chunks: damaged.len() as u64,
            written,
            settled: gone,
            durable_below: end.sequence,
            settled_below: settled.below(),
            ..Progress::default()
        };
        Ok(Outbox {
            database: RwLock::new(database),
            length,
            directory: directory_of(self.path),
            options: self.options,
            events: broadcast::Sender::new(event::CAPACITY),
            fates: Mutex::default(),
            cutter: Mutex::new(Cutter::new(self.options.codec)),
            group: Group::new(end, settled, pending, dropped),
            progress: watch::Sender::new(progress),
            identity: Identity { client_file, classes, members, schema: schema.clone() },
        })
    }

    fn check_identity(
        &self,
        transaction: &redb::WriteTransaction,
        app: &str,
    ) -> Result<ClientFileId, OpenError> {
        let table = transaction.open_table(meta::META).map_err(|e| self.storage(e))?;
        let format = meta::format(&table).map_err(|e| self.storage(e))?.unwrap_or(0);
        if format != meta::FORMAT_VERSION {
            return Err(OpenError::UnknownFormat {
                path: self.path.to_owned(),
                found: format,
                known: meta::FORMAT_VERSION,
            });
        }
        meta::verify(&table).map_err(|e| self.storage(e))?;
        let found = meta::read(&table, meta::APP, |bytes| String::from_utf8(bytes.to_vec()).ok());
        let found = found.map_err(|e| self.storage(e))?.ok_or_else(|| self.corrupt("no app id"))?;
        if found != app {
            let (path, wanted) = (self.path.to_owned(), app.to_owned());
            return Err(OpenError::WrongApp { path, found, wanted });
        }
        meta::read(&table, meta::CLIENT_FILE, |bytes| bytes.try_into().ok())
            .map_err(|e| self.storage(e))?
            .map(ClientFileId::from_bytes)
            .ok_or_else(|| self.corrupt("no client file id"))
    }

    /// The class table, with the classes of `schema` added that it does not have yet.
    ///
    /// A class whose schema changed is another entry: chunks that were written with the old one
    /// keep its number and its fingerprint.
    fn classes(
        &self,
        transaction: &redb::WriteTransaction,
        schema: &RealmSchema,
    ) -> Result<(Vec<ClassEntry>, Vec<ClassId>, bool), OpenError> {
        let mut table = transaction.open_table(meta::CLASSES).map_err(|e| self.storage(e))?;
        let mut classes = meta::classes(&table)
            .map_err(|e| self.storage(e))?
            .map_err(|what| self.corrupt(&what))?;
        let known = classes.len();
        let mut members = Vec::with_capacity(schema.classes.len());
        for class in schema.classes.iter() {
            let fingerprint = Fingerprint::of(class);
            let entry = classes.iter().find(|entry| entry.fingerprint == fingerprint);
            let id = if let Some(entry) = entry {
                entry.id
            } else {
                let next = classes.iter().map(|entry| entry.id.get() + 1).max().unwrap_or(0);
                let entry = entry_of(class, fingerprint, ClassId::new(next));
                let mut row = Vec::new();
                entry.encode(&mut row);
                let row = seal(meta::CLASSES.name(), &next.to_le_bytes(), &row);
                table.insert(next, row.as_slice()).map_err(|e| self.storage(e))?;
                classes.push(entry);
                ClassId::new(next)
            };
            members.push(id);
        }
        let added = classes.len() > known;
        Ok((classes, members, added))
    }

    /// What the file holds, and whether something damaged has been noted for the first time.
    ///
    /// Of the chunks, only the first and the last are read, further ones only behind damaged ones.
    fn find(&self, transaction: &redb::WriteTransaction) -> Result<(Found, bool), OpenError> {
        let storage = |e| self.storage(e);
        let open = |e: redb::TableError| self.storage(e);
        let chunks = transaction.open_table(meta::CHUNKS).map_err(open)?;
        let rejected = transaction.open_table(meta::REJECTED).map_err(open)?;
        let mut damaged = transaction.open_table(meta::DAMAGED).map_err(open)?;
        let meta = transaction.open_table(meta::META).map_err(open)?;
        let Places { bounds, damage } = Places::of(&chunks).map_err(storage)?;
        let (start, end) = match bounds {
            Some(places) => places,
            None => meta::read(&meta, meta::END, Place::from_bytes)
                .map_err(storage)?
                .map(|end| (end, end))
                .ok_or_else(|| self.corrupt("no end"))?,
        };
        let mut is_new = false;
        for damage in damage.into_values() {
            if damaged.get(damage.first.get()).map_err(storage)?.is_none() {
                tracing::error!(first = %damage.first, what = damage.what, "a chunk is damaged");
                let row = chunks.get(damage.first.get()).map_err(storage)?;
                let row = row.as_ref().map_or(&[][..], |row| row.value());
                let row = DamagedChunk::encode(&damage, row).map_err(storage)?;
                damaged.insert(damage.first.get(), row.as_slice()).map_err(storage)?;
                is_new = true;
            }
        }
        let found = Found {
            start,
            end,
            rejected: rejected::amount(&rejected).map_err(storage)?,
            dropped: meta::read(&meta, meta::DROPPED, Dropped::from_bytes)
                .map_err(storage)?
                .unwrap_or_default(),
            damaged: DamagedChunk::all(&damaged).map_err(storage)?,
        };
        Ok((found, is_new))
    }

    pub(super) fn database(&self, error: redb::DatabaseError) -> OpenError {
        match error {
            // The other one is a process with another generation of redb's locks.
            redb::DatabaseError::DatabaseAlreadyOpen
            | redb::DatabaseError::LockProtocolMismatch => {
                OpenError::AlreadyOpen { path: self.path.to_owned() }
            }
            error => self.storage(error),
        }
    }

    pub(super) fn storage(&self, error: impl Into<redb::Error>) -> OpenError {
        match error.into() {
            redb::Error::Io(source) => match source.kind() {
                io::ErrorKind::InvalidData => self.corrupt(&source.to_string()),
                io::ErrorKind::UnexpectedEof => self.corrupt("its end is missing"),
                _ => self.io(source),
            },
            error => self.corrupt(&error.to_string()),
        }
    }

    pub(super) fn corrupt(&self, what: &str) -> OpenError {
        OpenError::Corrupt { path: self.path.to_owned(), what: what.to_owned() }
    }

    pub(super) fn io(&self, source: io::Error) -> OpenError {
        OpenError::Io { path: self.path.to_owned(), source }
    }
}

/// The directory of a file that may be named without one.
fn directory_of(path: &Path) -> PathBuf {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new(".")).to_owned()
}

fn entry_of(class: &ObjectSchema, fingerprint: Fingerprint, id: ClassId) -> ClassEntry {
    ClassEntry {
        id,
        fingerprint,
        time_series: class.time_series.is_some(),
        title: class.title.to_string(),
        data_source: class.data_source.to_string(),
        database: class.database.to_string(),
        collection: class.collection.to_string(),
    }
}
