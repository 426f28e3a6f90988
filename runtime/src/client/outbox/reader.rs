//! Reading what is to be sent.

use std::ops::ControlFlow;

use asymmetric_protocol::{
    SequenceNumber,
    chunk::{Chunk, ChunkError, ClassId},
};
use redb::{ReadableDatabase, ReadableTable};

use super::{
    DamagedChunk, Outbox, RejectedObject,
    meta::{CHUNKS, DAMAGED, REJECTED},
    scan::scan,
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
    fn new(chunk: &Chunk<'_>, bytes: &[u8]) -> Self {
        Self {
            first: chunk.first(),
            end: chunk.end(),
            document_bytes: chunk.document_bytes(),
            classes: chunk.runs().map(|(class, _)| class).collect(),
            bytes: bytes.to_vec(),
        }
    }

    /// How many objects it holds.
    pub const fn objects(&self) -> u64 {
        self.end.get() - self.first.get()
    }

    /// Their sequence numbers.
    pub(crate) fn sequences(&self) -> impl Iterator<Item = SequenceNumber> + use<> {
        (self.first.get()..self.end.get()).map(SequenceNumber::new)
    }
}

/// Why chunks could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file could not be read.
    #[error("the outbox could not be read")]
    Storage(#[from] redb::Error),
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
    ///
    /// Answers how far it has come: to the chunk at which `visit` broke, or to the end. Everything
    /// before was handed out or cannot be.
    ///
    /// Chunks that cannot be read are passed over, told, and kept aside with the next commit; see
    /// [`damaged`](Self::damaged). Their objects count as settled, so they block nobody.
    pub fn read_chunks(
        &self,
        from: SequenceNumber,
        mut visit: impl FnMut(StoredChunk) -> ControlFlow<()>,
    ) -> Result<SequenceNumber, ReadError> {
        // Asked for before the file is: what is committed in between is not looked at.
        let (end, settled_below) = self.group.bounds();
        let mut reached = end;
        let damage = {
            let database = self.database();
            let transaction = database.begin_read().map_err(redb::Error::from)?;
            let chunks = transaction.open_table(CHUNKS).map_err(redb::Error::from)?;
            scan(&chunks, from, end, settled_below, |chunk, bytes| {
                let flow = visit(StoredChunk::new(chunk, bytes));
                if flow.is_break() {
                    reached = chunk.first();
                }
                flow
            })
            .map_err(redb::Error::from)?
        };
        self.quarantine(damage);
        Ok(reached)
    }

    /// All rejected objects, oldest first. Blocks on the disk.
    pub fn rejected(&self) -> Result<Vec<RejectedObject>, redb::Error> {
        let table = self.database().begin_read()?.open_table(REJECTED)?;
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

    /// All chunks that could not be read, oldest first. Blocks on the disk.
    pub fn damaged(&self) -> Result<Vec<DamagedChunk>, redb::Error> {
        Ok(DamagedChunk::all(&self.database().begin_read()?.open_table(DAMAGED)?)?)
    }
}
