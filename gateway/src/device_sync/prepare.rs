//! From an upload of a device to batches like those of all other clients.
//!
//! What a device wrote in one transaction becomes a chunk, its upload a batch or several. So its
//! objects go the same way as all others: the same checks, the same write path, and exactly once
//! into time-series collections too. Their sequence numbers tell the client's version and the place
//! in it, and are the same however often they are sent.

use std::collections::HashMap;

use asymmetric_device_sync::{
    changeset::ChangesetError,
    document::{Object, Objects, State},
    message::{ClientMessage, Entry, ErrorCode, Ident, RejectedUpdate, ServerError, Upload},
};
use asymmetric_protocol::{
    ClientFileId, SequenceNumber,
    batch::{BatchWriter, ClassEntry},
    chunk::{ClassId, Codec, Cutter},
    limits::MAX_OBJECT_BYTES,
};
use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::classes::{Class, Classes};
use crate::apps::App;

/// Largest upload, decompressed. Clients send more than 16 MiB only if a single transaction has it.
const MAX_UPLOAD_BYTES: usize = 20 * 1024 * 1024;
/// Bytes of documents after which another batch begins.
const BATCH_BYTES: usize = 8 * 1024 * 1024;
/// Bits of a sequence number that count the objects of one version: more than fit an upload.
const OBJECT_BITS: u32 = 21;

/// An upload, ready to be written.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    /// Bodies of batches.
    pub(super) batches: Vec<Vec<u8>>,
    /// Class and primary key of the objects in them.
    pub(super) objects: HashMap<SequenceNumber, RejectedUpdate>,
    /// What cannot be written, by the client's version that held it.
    pub(super) refused: Vec<(u64, RejectedUpdate)>,
    /// Changesets that cannot be decoded.
    pub(super) poison: Vec<Poison>,
    /// The client's version that everything was up to.
    pub(super) client_version: u64,
    /// The server's version that the client had integrated.
    pub(super) server_version: u64,
}

/// A changeset that cannot be decoded, now or ever.
#[derive(Debug)]
pub(super) struct Poison {
    pub(super) client_version: u64,
    pub(super) written_at_millis: i64,
    pub(super) changeset: Vec<u8>,
    pub(super) error: ChangesetError,
}

/// The client's version that a sequence number belongs to.
pub(super) const fn client_version_of(sequence: SequenceNumber) -> u64 {
    sequence.get() >> OBJECT_BITS
}

/// Takes an upload apart. Blocks for up to some hundred milliseconds. An error ends the connection.
pub(super) fn prepare(message: &Bytes, app: &App, ident: Ident) -> Result<Prepared, ServerError> {
    let malformed = |error: asymmetric_device_sync::message::MessageError| {
        ServerError::new(error.code(), error.to_string())
    };
    let ClientMessage::Upload(upload) = ClientMessage::parse(message).map_err(malformed)? else {
        return Err(ServerError::new(ErrorCode::BadMessageOrder, "this is no upload"));
    };
    let body = upload.decompress(MAX_UPLOAD_BYTES).map_err(malformed)?;
    let mut preparation = Preparation::new(app, &upload, client_file(app, ident));
    for entry in upload.entries(&body) {
        let entry = entry.map_err(malformed)?;
        preparation.entry(&entry)?;
    }
    Ok(preparation.finish())
}

/// The outbox that a file would be: the same for as long as the file has its identity.
fn client_file(app: &App, ident: Ident) -> ClientFileId {
    let digest = Sha256::new()
        .chain_update("realm file")
        .chain_update(app.domain_id.bytes())
        .chain_update(ident.file.to_le_bytes())
        .chain_update(ident.salt.to_le_bytes())
        .finalize();
    ClientFileId::from_bytes(*digest.first_chunk().expect("a digest has more than 12 bytes"))
}

struct Preparation<'a> {
    classes: Classes<'a>,
    client_file: ClientFileId,
    /// The classes that objects were seen of.
    known: HashMap<Box<str>, Result<(ClassId, Class<'a>), String>>,
    entries: Vec<ClassEntry>,
    chunks: Vec<Vec<u8>>,
    bytes: usize,
    prepared: Prepared,
}

impl<'a> Preparation<'a> {
    fn new(app: &'a App, upload: &Upload<'_>, client_file: ClientFileId) -> Self {
        Self {
            classes: Classes::of(app),
            client_file,
            known: HashMap::new(),
            entries: Vec::new(),
            chunks: Vec::new(),
            bytes: 0,
            prepared: Prepared {
                client_version: upload.progress_client,
                server_version: upload.progress_server,
                ..Prepared::default()
            },
        }
    }

    fn entry(&mut self, entry: &Entry<'_>) -> Result<(), ServerError> {
        let objects = match Objects::decode(entry.changeset) {
            Ok(objects) => objects,
            Err(error) => {
                self.poison(entry, error);
                return Ok(());
            }
        };
        let version = entry.client_version;
        let first = version.checked_shl(OBJECT_BITS).filter(|n| n >> OBJECT_BITS == version);
        let first = SequenceNumber::new(first.ok_or_else(|| {
            ServerError::new(ErrorCode::BadChangesetHeader, "a client version is out of range")
        })?);
        let mut documents = asymmetric_protocol::chunk::Objects::default();
        let mut count = 0;
        for object in objects.into_objects() {
            match self.document(&object) {
                Ok((class, document)) => {
                    let sequence = first.after(count);
                    count += 1;
                    self.prepared.objects.insert(sequence, refusal(&object, String::new()));
                    let append = |out: &mut Vec<u8>| {
                        out.extend(document);
                        Ok::<(), std::convert::Infallible>(())
                    };
                    match documents.push_with(class, append) {
                        Ok(_) => {}
                    }
                }
                Err(reason) => self.prepared.refused.push((version, refusal(&object, reason))),
            }
        }
        self.bytes += documents.bytes();
        let (chunks, written_at) = (&mut self.chunks, entry.written_at_millis);
        let cut = Cutter::new(Codec::None).cut(&mut documents, written_at, first, 0, |_, chunk| {
            chunks.push(chunk.to_vec());
            Ok::<(), std::convert::Infallible>(())
        });
        match cut {
            Ok(()) => {}
        }
        if self.bytes >= BATCH_BYTES {
            self.cut_batch();
        }
        Ok(())
    }

    /// The document of an object, or why there cannot be one.
    fn document(&mut self, object: &Object) -> Result<(ClassId, Vec<u8>), String> {
        if !self.known.contains_key(&object.class) {
            let class = self.classes.find(&object.class).map(|class| {
                let id = ClassId::new(u32::try_from(self.entries.len()).unwrap_or(u32::MAX));
                self.entries.push(class.entry(id, &object.class));
                (id, class)
            });
            self.known.insert(object.class.clone(), class);
        }
        let (id, class) = match self.known.get(&object.class) {
            Some(Ok(known)) => known,
            Some(Err(reason)) => return Err(reason.clone()),
            None => return Err(format!("the app has no class `{}`", object.class)),
        };
        match object.state {
            State::Created => {}
            State::Updated | State::Erased => {
                return Err("asymmetric objects are never changed after they were written".into());
            }
        }
        let classes = &self.classes;
        let document = object
            .to_bson(class.schema, &|name| classes.collection_of(name))
            .map_err(|error| error.to_string())?;
        let document = document.to_vec().map_err(|error| error.to_string())?;
        if document.len() > MAX_OBJECT_BYTES {
            let (size, limit) = (document.len(), MAX_OBJECT_BYTES);
            return Err(format!("it has {size} bytes of BSON, and MongoDB takes {limit}"));
        }
        Ok((*id, document))
    }

    fn poison(&mut self, entry: &Entry<'_>, error: ChangesetError) {
        let update = RejectedUpdate {
            table: error.table.clone().unwrap_or_default(),
            pk: RejectedUpdate::key(asymmetric_device_sync::changeset::Key::Null),
            reason: format!("the changeset cannot be decoded: {error}"),
        };
        self.prepared.refused.push((entry.client_version, update));
        self.prepared.poison.push(Poison {
            client_version: entry.client_version,
            written_at_millis: entry.written_at_millis,
            changeset: entry.changeset.to_vec(),
            error,
        });
    }

    fn cut_batch(&mut self) {
        if self.chunks.is_empty() {
            return;
        }
        let mut batch = BatchWriter::new(self.client_file, &self.entries);
        for chunk in self.chunks.drain(..) {
            batch.push(&chunk);
        }
        self.prepared.batches.push(batch.finish());
        self.bytes = 0;
    }

    fn finish(mut self) -> Prepared {
        self.cut_batch();
        self.prepared
    }
}

fn refusal(object: &Object, reason: String) -> RejectedUpdate {
    RejectedUpdate {
        table: object.class.to_string(),
        pk: RejectedUpdate::key(object.key.as_key()),
        reason,
    }
}
