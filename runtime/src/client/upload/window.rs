//! Which chunks go into the next batch.

use std::{collections::BTreeSet, ops::ControlFlow};

use asymmetric_protocol::{SequenceNumber, batch::BatchWriter};

use crate::client::outbox::{Outbox, ReadError, StoredChunk};

/// Bytes of chunks in one batch; a single chunk may be larger.
const BATCH_BYTES: usize = 256 * 1024;
/// Objects in one batch; a single chunk may hold more.
const BATCH_OBJECTS: u64 = 5_000;

/// Whole chunks that travel together.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) chunks: Vec<StoredChunk>,
}

impl Outgoing {
    /// The body of the request.
    pub(super) fn encode(&self, outbox: &Outbox) -> Vec<u8> {
        let identity = outbox.identity();
        let used: BTreeSet<_> = self.chunks.iter().flat_map(|chunk| &chunk.classes).collect();
        let classes = identity.classes.iter().filter(|class| used.contains(&class.id));
        let mut batch = BatchWriter::new(identity.client_file, classes);
        for chunk in &self.chunks {
            batch.push(&chunk.bytes);
        }
        batch.finish()
    }
}

/// What has been handed out, and what has to be handed out again.
#[derive(Debug)]
pub(super) struct Window {
    /// Everything before was handed out at least once.
    next: SequenceNumber,
    /// First objects of chunks that were handed out in vain.
    again: BTreeSet<SequenceNumber>,
    batch_bytes: usize,
}

impl Window {
    /// Nothing handed out; the first chunk starts at `next`.
    pub(super) const fn new(next: SequenceNumber) -> Self {
        Self { next, again: BTreeSet::new(), batch_bytes: BATCH_BYTES }
    }

    /// Whether there is a chunk to hand out.
    pub(super) fn has_more(&self, durable_below: SequenceNumber) -> bool {
        !self.again.is_empty() || durable_below > self.next
    }

    /// Everything below has been handed out at least once.
    pub(super) const fn next(&self) -> SequenceNumber {
        self.next
    }

    /// Takes the chunks of a batch back, to be handed out again.
    pub(super) fn give_back(&mut self, chunks: &[StoredChunk]) {
        self.again.extend(chunks.iter().map(|chunk| chunk.first));
    }

    /// Makes further batches smaller than one of this size; the smallest is a single chunk.
    pub(super) fn shrink_below(&mut self, batch: &Outgoing) {
        let bytes: usize = batch.chunks.iter().map(|chunk| chunk.bytes.len()).sum();
        self.batch_bytes = self.batch_bytes.min(bytes / 2);
    }

    /// The next batch; `None` if everything is handed out. Blocks on the disk.
    pub(super) fn take(&mut self, outbox: &Outbox) -> Result<Option<Outgoing>, ReadError> {
        let repeats = !self.again.is_empty();
        let from = self.again.first().copied().unwrap_or(self.next);
        let (mut bytes, mut objects) = (0, 0);
        let mut chunks: Vec<StoredChunk> = Vec::new();
        outbox.read_chunks(from, |chunk| {
            bytes += chunk.bytes.len();
            objects += chunk.objects();
            let is_full = bytes > self.batch_bytes || objects > BATCH_OBJECTS;
            let is_wanted = !repeats || self.again.contains(&chunk.first);
            if !is_wanted || is_full && !chunks.is_empty() {
                return ControlFlow::Break(());
            }
            chunks.push(chunk);
            ControlFlow::Continue(())
        })?;
        for chunk in &chunks {
            self.again.remove(&chunk.first);
            self.next = self.next.max(chunk.end);
        }
        if chunks.is_empty() && repeats {
            // The chunk has left by another way, such as a late second answer.
            self.again.remove(&from);
            return self.take(outbox);
        }
        Ok((!chunks.is_empty()).then_some(Outgoing { chunks }))
    }
}
