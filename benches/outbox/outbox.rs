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
    test_util::{self, Options, StoredChunk, Written},
};
use asymmetric_protocol::{
    SequenceNumber,
    chunk::{Codec, Objects},
};

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
    pub(crate) fn open(path: &Path, codec: Codec) -> Result<Self> {
        let options = Options { codec, ..Options::default() };
        Ok(Self { outbox: options.open(path, APP, &SCHEMA)?, taken: AtomicU64::new(0) })
    }

    /// Encodes and makes durable.
    pub(crate) fn write(&self, buffer: &mut Buffer, batch: &Batch) -> Result<Written> {
        self.encode(buffer, batch)?;
        self.commit(buffer)
    }

    /// Puts the documents where those of a transaction are.
    pub(crate) fn encode(&self, buffer: &mut Buffer, batch: &Batch) -> Result<()> {
        let class = self.outbox.identity().members.first().copied();
        let class = class.ok_or_else(|| anyhow::anyhow!("the schema has a class"))?;
        for document in batch.documents() {
            buffer.push_with(class, |out| {
                out.extend_from_slice(document);
                Ok::<_, Infallible>(())
            })?;
        }
        Ok(())
    }

    /// Makes durable what was encoded.
    pub(crate) fn commit(&self, buffer: &mut Buffer) -> Result<Written> {
        Ok(self.outbox.commit(buffer, Durability::Durable)?)
    }

    /// Every object with a smaller number is durable: the end of a commit. The file is a new one.
    pub(crate) fn durable_below(&self) -> SequenceNumber {
        SequenceNumber::FIRST.after(self.outbox.progress().borrow().durable)
    }

    /// Settles whole commits, which have so many bytes of documents. The next commit removes them.
    pub(crate) fn acknowledge(&self, written: Written, document_bytes: u64) {
        let chunk = StoredChunk {
            first: written.start,
            end: written.end,
            document_bytes,
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
