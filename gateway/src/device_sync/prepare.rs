//! From an upload of a device to what shall be written.
//!
//! The asymmetric objects of an upload become batches. So they go the same way as those of all other
//! clients: the same checks, the same write path, and exactly once into time-series collections too.
//! Their sequence numbers tell the client's version and the place in it, and are the same however
//! often they are sent.

use std::collections::HashMap;

use asymmetric_device_sync::{
    announcement::Announcements,
    changeset::{Changeset, ChangesetError, Key},
    document::{Object, Objects, Scalar, Value},
    message::{ClientMessage, Entry, ErrorCode, Ident, RejectedUpdate, ServerError, Upload},
};
use asymmetric_protocol::{
    ClientFileId, SequenceNumber, ack::RejectionCode, chunk::ClassId, limits::MAX_OBJECT_BYTES,
};
use asymmetric_schema::Place;
use bson::Document;
use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::{
    batches::{Batches, Transaction},
    classes::{Class, Classes, Fate},
    upsert::Upsert,
};
use crate::ingest::Sender;

/// Largest upload, decompressed. Clients send more than 16 MiB only if a single transaction has it.
pub(super) const MAX_UPLOAD_BYTES: usize = 20 * 1024 * 1024;
/// Bits of a sequence number that count the objects of one version. More do not fit an upload: each
/// takes five bytes of it, or more.
const OBJECT_BITS: u32 = 22;

/// An upload, ready to be written.
#[derive(Debug)]
pub(super) struct Prepared {
    /// The outbox that the file would be.
    pub(super) client_file: ClientFileId,
    /// Documents of asymmetric objects.
    pub(super) batches: Batches,
    /// Class and primary key of these objects.
    pub(super) objects: HashMap<SequenceNumber, RejectedUpdate>,
    /// Ordinary objects.
    pub(super) upserts: Vec<Upsert>,
    /// Objects that cannot be written.
    pub(super) refused: Vec<Refused>,
    /// Changesets that cannot be decoded.
    pub(super) poison: Vec<Poison>,
    /// What the device's classes have that the app's do not, by the client's version that said so.
    pub(super) mismatches: Vec<(u64, RejectedUpdate)>,
    /// The client's version that everything was up to.
    pub(super) client_version: u64,
    /// The server's version that the client had integrated.
    pub(super) server_version: u64,
}

/// An object that cannot be written, and why.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) sequence: SequenceNumber,
    pub(super) place: Place,
    pub(super) code: RejectionCode,
    /// The document that it would be, if there can be one.
    pub(super) document: Option<Vec<u8>>,
    pub(super) told: RejectedUpdate,
}

/// A changeset that cannot be decoded, now or ever.
#[derive(Debug)]
pub(super) struct Poison {
    pub(super) client_version: u64,
    pub(super) written_at_millis: i64,
    pub(super) changeset: Vec<u8>,
    pub(super) error: ChangesetError,
}

impl Poison {
    /// What the device is told: the class, as far as it could be read.
    pub(super) fn told(&self) -> RejectedUpdate {
        let table = self.error.table.clone().unwrap_or_default();
        about_class(table, format!("the changeset cannot be decoded: {}", self.error))
    }
}

/// The client's version that a sequence number belongs to.
pub(super) const fn client_version_of(sequence: SequenceNumber) -> u64 {
    sequence.get() >> OBJECT_BITS
}

/// Takes an upload apart. Blocks for up to some hundred milliseconds. An error ends the connection.
pub(super) fn prepare(
    message: &Bytes,
    sender: &Sender,
    ident: Ident,
) -> Result<Prepared, ServerError> {
    let malformed = |error: asymmetric_device_sync::message::MessageError| {
        ServerError::new(error.code(), error.to_string())
    };
    let ClientMessage::Upload(upload) = ClientMessage::parse(message).map_err(malformed)? else {
        return Err(ServerError::new(ErrorCode::BadMessageOrder, "this is no upload"));
    };
    let body = upload.decompress(MAX_UPLOAD_BYTES).map_err(malformed)?;
    let mut preparation = Preparation::new(sender, &upload, client_file(sender, ident));
    for entry in upload.entries(&body) {
        let entry = entry.map_err(malformed)?;
        preparation.entry(&entry)?;
    }
    Ok(preparation.finish())
}

/// The outbox that a file would be: the same for as long as the file has its identity, and one of
/// its user alone.
fn client_file(sender: &Sender, ident: Ident) -> ClientFileId {
    let digest = Sha256::new()
        .chain_update("realm file")
        .chain_update(sender.app.domain_id.bytes())
        .chain_update(sender.user.bytes())
        .chain_update(ident.file.to_le_bytes())
        .chain_update(ident.salt.to_le_bytes())
        .finalize();
    ClientFileId::from_bytes(*digest.first_chunk().expect("a digest has more than 12 bytes"))
}

struct Preparation<'a> {
    classes: Classes<'a>,
    /// The classes that objects were seen of, and the number in batches of those that are in some.
    known: HashMap<Box<str>, (Class<'a>, Option<ClassId>)>,
    prepared: Prepared,
}

impl<'a> Preparation<'a> {
    fn new(sender: &'a Sender, upload: &Upload<'_>, client_file: ClientFileId) -> Self {
        Self {
            classes: Classes::of(&sender.app),
            known: HashMap::new(),
            prepared: Prepared {
                client_file,
                batches: Batches::new(),
                objects: HashMap::new(),
                upserts: Vec::new(),
                refused: Vec::new(),
                poison: Vec::new(),
                mismatches: Vec::new(),
                client_version: upload.progress_client,
                server_version: upload.progress_server,
            },
        }
    }

    fn entry(&mut self, entry: &Entry<'_>) -> Result<(), ServerError> {
        let (objects, announced) = match decode(entry.changeset) {
            Ok(decoded) => decoded,
            Err(error) => {
                self.prepared.poison.push(Poison {
                    client_version: entry.client_version,
                    written_at_millis: entry.written_at_millis,
                    changeset: entry.changeset.to_vec(),
                    error,
                });
                return Ok(());
            }
        };
        let version = entry.client_version;
        for (class, mismatch) in self.classes.mismatches(&announced) {
            self.prepared.mismatches.push((version, about_class(class, mismatch)));
        }
        let first = version.checked_shl(OBJECT_BITS).filter(|n| n >> OBJECT_BITS == version);
        let first = SequenceNumber::new(first.ok_or_else(|| {
            ServerError::new(ErrorCode::BadChangesetHeader, "a client version is out of range")
        })?);
        let of = Transaction { version, written_at: entry.written_at_millis };
        for (place, object) in (0..).zip(objects.into_objects()) {
            self.object(of, first.after(place), &object);
        }
        Ok(())
    }

    fn object(&mut self, of: Transaction, sequence: SequenceNumber, object: &Object) {
        if !self.known.contains_key(&object.class) {
            let class = self.classes.find(&object.class);
            let number = matches!(class.fate, Fate::Insert)
                .then(|| self.prepared.batches.class(|id| class.entry(id, &object.class)));
            self.known.insert(object.class.clone(), (class, number));
        }
        let Some((class, number)) = self.known.get(&object.class) else { return };
        let mut told = RejectedUpdate {
            table: object.class.to_string(),
            pk: RejectedUpdate::key(object.key.as_key()),
            reason: String::new(),
        };
        let place = class.place.clone();
        match (document_of(object, class, &self.classes), number) {
            (Ok((_, bytes)), Some(number)) => {
                self.prepared.objects.insert(sequence, told);
                self.prepared.batches.push(of, sequence, *number, &bytes);
            }
            (Ok((document, bytes)), None) => {
                let unset = nulls(object).filter(|name| !document.contains_key(name)).collect();
                let upsert = Upsert { sequence, place, document, unset, bytes, told };
                self.prepared.upserts.push(upsert);
            }
            (Err(Why { code, reason, document }), _) => {
                told.reason = reason;
                self.prepared.refused.push(Refused { sequence, place, code, document, told });
            }
        }
    }

    fn finish(mut self) -> Prepared {
        self.prepared.batches.end_run();
        self.prepared
    }
}

/// Why an object cannot be written, and the document that it would be, if there can be one.
struct Why {
    code: RejectionCode,
    reason: String,
    document: Option<Vec<u8>>,
}

/// The document of an object and its bytes.
fn document_of(
    object: &Object,
    class: &Class<'_>,
    classes: &Classes<'_>,
) -> Result<(Document, Vec<u8>), Why> {
    let collection_of = |name: &str| classes.find(name).place.collection;
    let document = object.to_bson(class.schema, &collection_of).map_err(|e| e.to_string());
    let document = document.and_then(|document| match document.to_vec() {
        Ok(bytes) => Ok((document, bytes)),
        Err(error) => Err(error.to_string()),
    });
    if let Some((code, reason)) = class.fate.refusal(object.state) {
        return Err(Why { code, reason, document: document.ok().map(|(_, bytes)| bytes) });
    }
    let code = RejectionCode::MalformedDocument;
    match document {
        Err(reason) => Err(Why { code, reason, document: None }),
        Ok((_, bytes)) if bytes.len() > MAX_OBJECT_BYTES => {
            let (size, limit) = (bytes.len(), MAX_OBJECT_BYTES);
            let reason = format!("it has {size} bytes of BSON, and MongoDB takes {limit}");
            Err(Why { code, reason, document: Some(bytes) })
        }
        Ok(document) => Ok(document),
    }
}

/// Names of the properties that were set to null.
fn nulls(object: &Object) -> impl Iterator<Item = String> {
    let null = object.properties.iter().filter(|(_, v)| **v == Value::Scalar(Scalar::Null));
    null.map(|(name, _)| name.to_string())
}

/// The objects of a changeset, and the classes that it announces.
fn decode(changeset: &[u8]) -> Result<(Objects, Announcements), ChangesetError> {
    let (mut objects, mut announced) = (Objects::default(), Announcements::default());
    for located in Changeset::new(changeset) {
        let located = located?;
        objects.apply(&located)?;
        announced.apply(&located.instruction);
    }
    Ok((objects, announced))
}

/// What a device is told of a class as a whole.
fn about_class(table: String, reason: String) -> RejectedUpdate {
    RejectedUpdate { table, pk: RejectedUpdate::key(Key::Null), reason }
}
