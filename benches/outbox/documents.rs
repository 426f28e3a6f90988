//! What is written: telemetry, encoded once and before any clock runs.

use anyhow::Result;
use asymmetric::schema::{ObjectSchema, PropertySchema, PropertyType, RealmSchema};
use bson::{DateTime, doc, oid::ObjectId};

const PROPERTIES: &[PropertySchema] = &[
    PropertySchema::new("_id", PropertyType::ObjectId),
    PropertySchema::new("deviceId", PropertyType::String),
    PropertySchema::new("takenAt", PropertyType::Date),
    PropertySchema::new("celsius", PropertyType::Double),
];
const CLASSES: &[ObjectSchema] = &[ObjectSchema::new("Reading", PROPERTIES)];

/// The realm schema of the bench.
pub(crate) const SCHEMA: RealmSchema = RealmSchema::new(CLASSES);

/// The documents of one commit, back to back.
#[derive(Debug)]
pub(crate) struct Batch {
    bytes: Vec<u8>,
    document_bytes: usize,
}

impl Batch {
    /// So many documents of so many bytes each.
    pub(crate) fn new(objects: usize, document_bytes: usize) -> Result<Self> {
        let mut bytes = Vec::with_capacity(objects * document_bytes);
        for number in 0..objects {
            let mut document = doc! {
                "_id": ObjectId::new(),
                "takenAt": DateTime::from_millis(1_700_000_000_000 + i64::try_from(number)?),
                "celsius": f64::from(u32::try_from(number % 1_000)?) / 10.0,
                "deviceId": "",
            };
            let left = document_bytes.checked_sub(document.to_vec()?.len());
            let left = left.ok_or_else(|| anyhow::anyhow!("documents have at least 78 bytes"))?;
            // Not all the same, as no telemetry is.
            let letters = ('a'..='z').cycle().skip(number % 26).step_by(7);
            document.insert("deviceId", letters.take(left).collect::<String>());
            bytes.extend(document.to_vec()?);
        }
        anyhow::ensure!(bytes.len() == objects * document_bytes);
        Ok(Self { bytes, document_bytes })
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn objects(&self) -> u64 {
        self.documents().len() as u64
    }

    pub(crate) fn documents(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.bytes.chunks_exact(self.document_bytes)
    }

    /// Documents together, up to the size of a chunk of the outbox.
    pub(crate) fn chunks(&self) -> impl Iterator<Item = &[u8]> {
        const CHUNK_BYTES: usize = 261_000;
        self.bytes.chunks(CHUNK_BYTES / self.document_bytes * self.document_bytes)
    }

    /// How many batches wait for their acknowledgement, in the steady state.
    pub(crate) fn backlog(&self) -> usize {
        const MAX_BYTES: usize = 32 * 1024 * 1024;
        (MAX_BYTES / self.bytes.len()).clamp(2, 20)
    }
}
