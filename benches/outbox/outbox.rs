//! Our outbox without an upload: the bench says itself what the gateway would acknowledge.

use std::{
    convert::Infallible,
    ops::ControlFlow,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

use anyhow::Result;
use asymmetric::{
    Durability,
    test_util::{self, StoredChunk, Written},
};
use asymmetric_protocol::{SequenceNumber, chunk::Objects};
use redb::StorageBackend;

use crate::documents::{Batch, SCHEMA};

const APP: &str = "bench";

pub(crate) struct Outbox {
    outbox: test_util::Outbox,
    /// Objects below this number were acknowledged by [`Outbox::acknowledge_oldest`].
    taken: AtomicU64,
}

/// The memory of one writer.
pub(crate) type Buffer = Objects;

impl Outbox {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        Ok(Self::new(test_util::Outbox::open(path, APP, &SCHEMA)?))
    }

    pub(crate) fn open_backend(backend: impl StorageBackend) -> Result<Self> {
        let path = Path::new("backend");
        Ok(Self::new(test_util::Outbox::open_backend(path, backend, APP, &SCHEMA)?))
    }

    fn new(outbox: test_util::Outbox) -> Self {
        Self { outbox, taken: AtomicU64::new(0) }
    }

    /// Makes the batch durable.
    pub(crate) fn write(&self, buffer: &mut Buffer, batch: &Batch) -> Result<Written> {
        let class = self.outbox.identity().members.first().copied();
        let class = class.ok_or_else(|| anyhow::anyhow!("the schema has a class"))?;
        for document in batch.documents() {
            buffer.push_with(class, |out| {
                out.extend_from_slice(document);
                Ok::<_, Infallible>(())
            })?;
        }
        Ok(self.outbox.commit(buffer, Durability::Durable)?)
    }

    /// Settles what one call of [`write`](Self::write) wrote while nobody else was writing. The
    /// next commit removes it.
    pub(crate) fn acknowledge(&self, written: Written, batch: &Batch) {
        let chunk = StoredChunk {
            first: written.start,
            end: written.end,
            document_bytes: batch.bytes().len() as u64,
            classes: Vec::new(),
            bytes: Vec::new(),
        };
        self.outbox.settle(&[chunk]);
    }

    /// Reads the oldest chunks, as an upload does, up to so many bytes, and settles them.
    pub(crate) fn acknowledge_oldest(&self, max_bytes: u64) -> Result<()> {
        let mut chunks = Vec::new();
        let mut left = max_bytes;
        let from = SequenceNumber::new(self.taken.load(Ordering::Relaxed));
        self.outbox.read_chunks(from, |chunk| {
            let Some(rest) = left.checked_sub(chunk.document_bytes) else {
                return ControlFlow::Break(());
            };
            left = rest;
            self.taken.store(chunk.end.get(), Ordering::Relaxed);
            chunks.push(chunk);
            ControlFlow::Continue(())
        })?;
        self.outbox.settle(&chunks);
        Ok(())
    }

    /// Objects that are stored and not acknowledged.
    pub(crate) fn pending(&self) -> u64 {
        self.outbox.progress().borrow().pending_objects()
    }
}
