//! Reading what is to be sent.

use std::ops::ControlFlow;

use asymmetric_protocol::{
    SequenceNumber,
    chunk::{Chunk, ChunkError, ClassId},
};
use redb::{ReadableDatabase, ReadableTable};

use super::{
    Outbox, RejectedObject,
    meta::{CHUNKS, REJECTED},
};

/// A chunk as it is stored, verified.
#[derive(Clone, Debug)]
pub struct StoredChunk {
    /// Sequence number of its first object.
    pub first: SequenceNumber,
    /// Sequence number after its last object.
    pub end: SequenceNumber,
    /// Bytes of its documents.
    pub document_bytes: u64,
    /// Classes of its objects; one may be named several times.
    pub classes: Vec<ClassId>,
    /// The chunk.
    pub bytes: Vec<u8>,
}

impl StoredChunk {
    /// How many objects it holds.
    pub const fn objects(&self) -> u64 {
        self.end.get() - self.first.get()
    }
}

/// Why chunks could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file could not be read.
    #[error("the outbox could not be read")]
    Storage(#[from] redb::Error),
    /// A chunk stands in the wrong place.
    #[error("the chunk at sequence number {first} says that it is that at {found}")]
    Misplaced {
        /// Where it stands.
        first: SequenceNumber,
        /// Where it says that it belongs.
        found: SequenceNumber,
    },
    /// A chunk is not what it was when it was written.
    #[error("the chunk at sequence number {first} is damaged")]
    Damaged {
        /// Where it stands.
        first: SequenceNumber,
        /// What is wrong with it.
        source: ChunkError,
    },
}

impl Outbox {
    /// Hands the stored chunks from `from` on to `visit` until it breaks. Blocks on the disk.
    pub fn read_chunks(
        &self,
        from: SequenceNumber,
        mut visit: impl FnMut(StoredChunk) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let storage = |error: redb::StorageError| ReadError::Storage(error.into());
        let transaction = self.database.begin_read().map_err(redb::Error::from)?;
        let chunks = transaction.open_table(CHUNKS).map_err(redb::Error::from)?;
        for row in chunks.range(from.get()..).map_err(storage)? {
            let (first, bytes) = row.map_err(storage)?;
            let (first, bytes) = (SequenceNumber::new(first.value()), bytes.value());
            let chunk =
                Chunk::parse(bytes).map_err(|source| ReadError::Damaged { first, source })?;
            if chunk.first() != first {
                return Err(ReadError::Misplaced { first, found: chunk.first() });
            }
            let chunk = StoredChunk {
                first,
                end: chunk.end(),
                document_bytes: chunk.document_bytes(),
                classes: chunk.runs().map(|(class, _)| class).collect(),
                bytes: bytes.to_vec(),
            };
            if visit(chunk).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// All rejected objects, oldest first. Blocks on the disk.
    pub fn rejected(&self) -> Result<Vec<RejectedObject>, redb::Error> {
        let table = self.database.begin_read()?.open_table(REJECTED)?;
        let mut objects = Vec::new();
        for row in table.iter()? {
            let (sequence, row) = row?;
            let sequence = SequenceNumber::new(sequence.value());
            if let Some(object) = RejectedObject::decode(sequence, row.value()) {
                objects.push(object);
            } else {
                tracing::error!(%sequence, "a rejected object is damaged");
            }
        }
        Ok(objects)
    }
}
