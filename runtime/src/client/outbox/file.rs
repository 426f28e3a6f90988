//! Opening and closing the file.

use std::{
    fs::{File, OpenOptions},
    io,
    path::Path,
};

use asymmetric_protocol::{
    ClientFileId, SequenceNumber,
    batch::ClassEntry,
    chunk::{Chunk, ClassId},
};
use asymmetric_schema::{Fingerprint, ObjectSchema, RealmSchema};
use redb::{
    Database, ReadableDatabase, ReadableTable, StorageBackend, TableHandle as _,
    backends::FileBackend,
};
use tokio::sync::watch;

use super::{
    OpenError, StoredSession,
    group::Group,
    meta::{self, Place},
    sealed::seal,
    settled::Settled,
};
use crate::{
    client::progress::{Amount, Progress},
    model::ObjectId,
};

/// Memory redb may use for pages. More bought nothing in measurements.
const CACHE_BYTES: usize = 4 * 1024 * 1024;

/// An open outbox. All methods may be called from any thread; the ones that touch the disk block.
#[derive(Debug)]
pub struct Outbox {
    pub(super) database: Database,
    pub(super) group: Group,
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
}

impl Outbox {
    /// Opens or creates the file for an app and a realm schema.
    pub fn open(path: &Path, app: &str, schema: &RealmSchema) -> Result<Self, OpenError> {
        let opening = Opening { path };
        let file = opening.file().map_err(|source| opening.io(source))?;
        let backend = FileBackend::new(file).map_err(|error| opening.database(error))?;
        Self::open_backend(path, backend, app, schema)
    }

    /// The same on whatever keeps the bytes; `path` is for messages.
    pub fn open_backend(
        path: &Path,
        backend: impl StorageBackend,
        app: &str,
        schema: &RealmSchema,
    ) -> Result<Self, OpenError> {
        let opening = Opening { path };
        let mut builder = Database::builder();
        let database = builder.set_cache_size(CACHE_BYTES).create_with_backend(backend);
        opening.outbox(database.map_err(|error| opening.database(error))?, app, schema)
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
        let table = self.database.begin_read()?.open_table(meta::META)?;
        Ok(meta::read(&table, meta::SESSION, |json| serde_json::from_slice(json).ok())?)
    }

    /// Replaces the session that the file keeps. Durable when it returns.
    pub(crate) fn store_session(&self, session: Option<&StoredSession>) -> Result<(), redb::Error> {
        let json = session.map(serde_json::to_vec).transpose().map_err(io::Error::other);
        let json = json.map_err(redb::StorageError::Io)?;
        let transaction = self.database.begin_write()?;
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

/// The steps of opening, and how each failure is told.
struct Opening<'a> {
    path: &'a Path,
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
        if is_new || new_classes {
            transaction.commit().map_err(|e| self.storage(e))?;
        } else {
            transaction.abort().map_err(|e| self.storage(e))?;
        }
        let (start, end, rejected) = self.places(&database)?;
        Ok(Outbox {
            database,
            group: Group::new(end, Settled::new(start.sequence)),
            progress: watch::Sender::new(Progress {
                rejected,
                written: Amount { objects: end.sequence.get(), bytes: end.position },
                settled: Amount { objects: start.sequence.get(), bytes: start.position },
                durable_below: end.sequence,
                settled_below: start.sequence,
                ..Progress::default()
            }),
            identity: Identity { client_file, classes, members },
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

    /// Where the stored objects begin and end, and how many are rejected.
    fn places(&self, database: &Database) -> Result<(Place, Place, u64), OpenError> {
        let storage = |e| self.storage(e);
        let transaction = database.begin_read().map_err(|e| self.storage(e))?;
        let chunks = transaction.open_table(meta::CHUNKS).map_err(|e| self.storage(e))?;
        let rejected = transaction.open_table(meta::REJECTED).map_err(|e| self.storage(e))?;
        let rejected = redb::ReadableTableMetadata::len(&rejected).map_err(storage)?;
        let (first, last) = (chunks.first().map_err(storage)?, chunks.last().map_err(storage)?);
        if let (Some(first), Some(last)) = (first, last) {
            let parse = |key: u64, bytes: &[u8]| -> Result<(Place, Place), OpenError> {
                let chunk = Chunk::parse(bytes)
                    .map_err(|error| self.corrupt(&format!("the chunk at {key}: {error}")))?;
                if chunk.first().get() != key {
                    let what =
                        format!("the chunk at {key} says that it is that at {}", chunk.first());
                    return Err(self.corrupt(&what));
                }
                let start =
                    Place { sequence: SequenceNumber::new(key), position: chunk.position() };
                let end = Place {
                    sequence: start.sequence.after(u64::from(chunk.objects())),
                    position: start.position.saturating_add(chunk.document_bytes()),
                };
                Ok((start, end))
            };
            let (start, _) = parse(first.0.value(), first.1.value())?;
            let (_, end) = parse(last.0.value(), last.1.value())?;
            return Ok((start, end, rejected));
        }
        let table = transaction.open_table(meta::META).map_err(|e| self.storage(e))?;
        let end = meta::read(&table, meta::END, Place::from_bytes)
            .map_err(storage)?
            .ok_or_else(|| self.corrupt("no end"))?;
        Ok((end, end, rejected))
    }

    fn database(&self, error: redb::DatabaseError) -> OpenError {
        match error {
            // The other one is a process with another generation of redb's locks.
            redb::DatabaseError::DatabaseAlreadyOpen
            | redb::DatabaseError::LockProtocolMismatch => {
                OpenError::AlreadyOpen { path: self.path.to_owned() }
            }
            error => self.storage(error),
        }
    }

    fn storage(&self, error: impl Into<redb::Error>) -> OpenError {
        match error.into() {
            redb::Error::Io(source) if source.kind() != io::ErrorKind::InvalidData => {
                self.io(source)
            }
            error => self.corrupt(&error.to_string()),
        }
    }

    fn corrupt(&self, what: &str) -> OpenError {
        OpenError::Corrupt { path: self.path.to_owned(), what: what.to_owned() }
    }

    fn io(&self, source: io::Error) -> OpenError {
        OpenError::Io { path: self.path.to_owned(), source }
    }
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
