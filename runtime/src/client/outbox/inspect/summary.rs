//! What is in a file, in numbers.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use asymmetric_protocol::{
    ClientFileId, SequenceNumber,
    batch::ClassEntry,
    chunk::{Chunk, ClassId, Codec},
};
use redb::ReadableTable as _;

use super::{
    super::{
        OpenError, StoredSession,
        drops::Dropped,
        meta::{self, CHUNKS, CLASSES, META},
    },
    OutboxFile,
};

/// What is in a file. Tokens are not.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Summary {
    /// Version of the format.
    pub format: u32,
    /// Client app id.
    pub app: String,
    /// Id of the user whose realm it is; `None` before the first login.
    pub user: Option<String>,
    /// What the server calls the file.
    pub client_file: ClientFileId,
    /// Length of the file. What of it is unused is used before it grows.
    pub file_bytes: u64,
    /// Objects that wait for the server.
    pub pending: u64,
    /// Bytes of their BSON.
    pub pending_bytes: u64,
    /// Chunks they are in.
    pub chunks: u64,
    /// How many of these are compressed.
    pub compressed_chunks: u64,
    /// Bytes of all chunks as they are stored.
    pub chunk_bytes: u64,
    /// Sequence number of the oldest pending object, or of the next one if none is pending.
    pub first: SequenceNumber,
    /// Sequence number of the next object.
    pub end: SequenceNumber,
    /// When the oldest pending object was written.
    pub oldest: Option<SystemTime>,
    /// When the newest pending object was written.
    pub newest: Option<SystemTime>,
    /// Objects that the server refused for good.
    pub rejected: u64,
    /// Chunks that could not be read and were kept aside.
    pub damaged_chunks: u64,
    /// Objects that left because the outbox was full, since the file was made.
    pub overflowed: u64,
    /// Objects that left because they were too old, since the file was made.
    pub expired: u64,
    /// The classes of which the file ever held objects, each with the place its objects go to.
    pub classes: Vec<ClassSummary>,
}

/// What of one class is in a file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ClassSummary {
    /// Name of the class.
    pub class: String,
    /// Where its objects go.
    pub data_source: String,
    /// Where its objects go.
    pub database: String,
    /// Where its objects go.
    pub collection: String,
    /// Objects that wait for the server.
    pub pending: u64,
    /// Objects that the server refused for good.
    pub rejected: u64,
}

impl OutboxFile {
    /// What is in the file.
    ///
    /// # Errors
    ///
    /// [`OpenError::Corrupt`] at the first thing that is damaged; [`check`](Self::check) finds all.
    pub fn summary(&self) -> Result<Summary, OpenError> {
        let opening = self.opening();
        let transaction = self.read()?;
        let meta = transaction.open_table(META).map_err(|e| opening.storage(e))?;
        meta::verify(&meta).map_err(|e| opening.storage(e))?;
        let fact = |name, what: &str| -> Result<Vec<u8>, OpenError> {
            let found = meta::read(&meta, name, |bytes| Some(bytes.to_vec()));
            found.map_err(|e| opening.storage(e))?.ok_or_else(|| opening.corrupt(what))
        };
        let client_file = fact(meta::CLIENT_FILE, "no client file id")?.try_into();
        let client_file = client_file.map_err(|_| opening.corrupt("no client file id"))?;
        let app = String::from_utf8(fact(meta::APP, "no app id")?);
        let session = meta::read(&meta, meta::SESSION, |json| serde_json::from_slice(json).ok());
        let session: Option<StoredSession> = session.map_err(|e| opening.storage(e))?;
        let end = meta::read(&meta, meta::END, meta::Place::from_bytes);
        let end = end.map_err(|e| opening.storage(e))?.ok_or_else(|| opening.corrupt("no end"))?;
        let dropped = meta::read(&meta, meta::DROPPED, Dropped::from_bytes);
        let dropped = dropped.map_err(|e| opening.storage(e))?.unwrap_or_default();
        let rejected = self.rejected()?;

        let mut summary = Summary {
            format: meta::FORMAT_VERSION,
            app: app.map_err(|_| opening.corrupt("no app id"))?,
            user: session.map(|session| session.user_id),
            client_file: ClientFileId::from_bytes(client_file),
            file_bytes: self.file_bytes,
            pending: 0,
            pending_bytes: 0,
            chunks: 0,
            compressed_chunks: 0,
            chunk_bytes: 0,
            first: end.sequence,
            end: end.sequence,
            oldest: None,
            newest: None,
            rejected: rejected.len() as u64,
            damaged_chunks: self.damaged()?.len() as u64,
            overflowed: dropped.overflowed,
            expired: dropped.expired,
            classes: Vec::new(),
        };
        let mut pending = BTreeMap::<ClassId, u64>::new();
        let chunks = transaction.open_table(CHUNKS).map_err(|e| opening.storage(e))?;
        for row in chunks.iter().map_err(|e| opening.storage(e))? {
            let (first, bytes) = row.map_err(|e| opening.storage(e))?;
            let chunk = Chunk::parse(bytes.value()).map_err(|error| {
                opening.corrupt(&format!("the chunk at {}: {error}", first.value()))
            })?;
            summary.add(&chunk, bytes.value().len());
            for (class, objects) in chunk.runs() {
                *pending.entry(class).or_default() += u64::from(objects);
            }
        }
        let classes = transaction.open_table(CLASSES).map_err(|e| opening.storage(e))?;
        let classes = meta::classes(&classes).map_err(|e| opening.storage(e))?;
        for class in classes.map_err(|what| opening.corrupt(&what))? {
            let pending = pending.get(&class.id).copied().unwrap_or(0);
            summary.class_of(class).pending += pending;
        }
        for object in rejected {
            let class = summary.classes.iter_mut().find(|class| class.class == object.class);
            if let Some(class) = class {
                class.rejected += 1;
            }
        }
        Ok(summary)
    }
}

impl Summary {
    fn add(&mut self, chunk: &Chunk<'_>, stored_bytes: usize) {
        let written = SystemTime::UNIX_EPOCH
            + Duration::from_millis(u64::try_from(chunk.created_ms()).unwrap_or(0));
        if self.chunks == 0 {
            self.first = chunk.first();
        }
        self.end = chunk.end();
        self.pending += u64::from(chunk.objects());
        self.pending_bytes += chunk.document_bytes();
        self.chunks += 1;
        self.compressed_chunks += u64::from(chunk.codec() != Codec::None);
        self.chunk_bytes += stored_bytes as u64;
        self.oldest = Some(self.oldest.map_or(written, |oldest| oldest.min(written)));
        self.newest = Some(self.newest.map_or(written, |newest| newest.max(written)));
    }

    /// The line of a class; one whose schema changed shares it with its former self.
    fn class_of(&mut self, entry: ClassEntry) -> &mut ClassSummary {
        let ClassEntry { title: class, data_source, database, collection, .. } = entry;
        let known = self.classes.iter().position(|known| {
            (&known.class, &known.data_source, &known.database, &known.collection)
                == (&class, &data_source, &database, &collection)
        });
        let at = known.unwrap_or_else(|| {
            let (pending, rejected) = (0, 0);
            let new = ClassSummary { class, data_source, database, collection, pending, rejected };
            self.classes.push(new);
            self.classes.len() - 1
        });
        self.classes.get_mut(at).expect("it was found or pushed")
    }
}
