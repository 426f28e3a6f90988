//! Which objects go into the next batch.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
};

use asymmetric_protocol::{SequenceNumber, batch::ClassEntry, limits::MAX_BATCH_BYTES};
use tokio::time::Instant;

use super::{
    announcing::Announcing,
    pace::Limits,
    piece::{Piece, Splits},
    recovery::{History, SUSPECT_AFTER},
};
use crate::client::outbox::{Identity, Outbox, ReadError, RejectedObject, StoredChunk};

/// Pieces that travel together.
#[derive(Clone, Debug)]
pub(super) struct Outgoing {
    pub(super) pieces: Vec<Piece>,
    /// How often these pieces have failed so far.
    failures: u32,
    /// How many batches the server had accepted before the first of these failures.
    accepted_before: u64,
}

impl Outgoing {
    /// The same batch with only some of its pieces.
    pub(super) fn only(self, pieces: Vec<Piece>) -> Self {
        Self { pieces, ..self }
    }

    /// The body of the request, before compression.
    pub(super) fn encode(&self, identity: &Identity, announcing: &Announcing) -> Vec<u8> {
        let mut batch = announcing.batch(identity, self.classes(identity));
        for piece in &self.pieces {
            batch.push(&piece.chunk.bytes);
        }
        batch.finish()
    }

    /// The classes of its objects.
    pub(super) fn classes<'a>(
        &self,
        identity: &'a Identity,
    ) -> impl Iterator<Item = &'a ClassEntry> + use<'a> {
        let pieces = self.pieces.iter();
        let used: BTreeSet<_> = pieces.flat_map(|piece| piece.chunk.classes.clone()).collect();
        identity.classes.iter().filter(move |class| used.contains(&class.id))
    }

    pub(super) fn objects(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.chunk.objects()).sum()
    }

    /// Bytes of the documents.
    pub(super) fn bytes(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.chunk.document_bytes).sum()
    }

    /// Whether the chunks are compressed already, and the batch need not be.
    pub(super) fn is_compressed(&self) -> bool {
        let stored: usize = self.pieces.iter().map(|piece| piece.chunk.bytes.len()).sum();
        (stored as u64) < self.bytes()
    }
}

/// A piece that was handed out in vain.
#[derive(Clone, Copy, Debug)]
struct Repeat {
    failures: u32,
    accepted_before: u64,
    /// Not handed out before, because the others get through and this one does not.
    not_before: Option<Instant>,
    /// Suspects travel among themselves, so that their next failure says something about them.
    suspects: Option<u64>,
}

/// What has been handed out, and what has to be handed out again.
#[derive(Debug)]
pub(super) struct Window {
    /// Nothing is handed out before what comes earlier is settled: the gateway's ledger of
    /// time-series collections takes what comes late for known.
    is_ordered: bool,
    /// Everything before was handed out at least once.
    next: SequenceNumber,
    /// By the first object of pieces that were handed out in vain.
    again: BTreeMap<SequenceNumber, Repeat>,
    splits: Splits,
    /// How many batches the server has accepted.
    accepted: u64,
    /// Tells groups of suspects apart.
    groups: u64,
}

impl Window {
    /// Nothing handed out; the first chunk starts at `next`.
    pub(super) fn new(next: SequenceNumber, is_ordered: bool) -> Self {
        Self {
            is_ordered,
            next,
            again: BTreeMap::new(),
            splits: Splits::default(),
            accepted: 0,
            groups: 0,
        }
    }

    /// Whether there is a piece to hand out now.
    pub(super) fn has_more(&self, durable_below: SequenceNumber, now: Instant) -> bool {
        let has_new = durable_below > self.next && (self.again.is_empty() || !self.is_ordered);
        has_new || self.due(now).is_some()
    }

    /// Whether there is a piece to hand out now or later.
    pub(super) fn is_behind(&self, durable_below: SequenceNumber) -> bool {
        durable_below > self.next || !self.again.is_empty()
    }

    /// When the next piece that was put off is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.again.values().filter_map(|repeat| repeat.not_before).min()
    }

    /// Everything below has been handed out at least once.
    pub(super) const fn next(&self) -> SequenceNumber {
        self.next
    }

    /// What is known of a batch that has failed once more.
    pub(super) fn history(&self, batch: &Outgoing) -> History {
        History {
            objects: batch.objects(),
            failures: batch.failures + 1,
            others_pass: batch.failures > 0 && self.accepted > batch.accepted_before,
            is_ordered: self.is_ordered,
        }
    }

    /// Takes the pieces of a batch back, to be handed out again.
    ///
    /// `is_its_fault`: the batch may be the reason why it failed. `put_off`: not before then.
    pub(super) fn give_back(
        &mut self,
        batch: &Outgoing,
        is_its_fault: bool,
        put_off: Option<Instant>,
    ) {
        let failures = batch.failures + u32::from(is_its_fault);
        let suspects = (failures >= SUSPECT_AFTER).then(|| self.new_group());
        let repeat = Repeat {
            failures,
            accepted_before: self.accepted_before(batch),
            not_before: put_off,
            suspects,
        };
        self.again.extend(batch.pieces.iter().map(|piece| (piece.chunk.first, repeat)));
    }

    /// Takes the pieces of a batch back, to be handed out again in two halves. A batch of one
    /// object comes back as it is.
    pub(super) fn give_back_halves(&mut self, batch: &Outgoing) {
        if let [piece] = batch.pieces.as_slice() {
            self.splits.halve(piece);
        }
        let firsts = batch.pieces.iter().flat_map(|piece| self.splits.firsts(piece));
        let firsts: Vec<_> = firsts.collect();
        let (left, right) = firsts.split_at(firsts.len() / 2);
        for half in [left, right] {
            let repeat = Repeat {
                // Halves of a suspect are suspects, and no more than that: one of them is innocent.
                failures: SUSPECT_AFTER,
                accepted_before: self.accepted_before(batch),
                not_before: None,
                suspects: Some(self.new_group()),
            };
            self.again.extend(half.iter().map(|first| (*first, repeat)));
        }
    }

    const fn accepted_before(&self, batch: &Outgoing) -> u64 {
        if batch.failures == 0 { self.accepted } else { batch.accepted_before }
    }

    const fn new_group(&mut self) -> u64 {
        self.groups += 1;
        self.groups
    }

    /// The server has accepted a batch, wholly or in part.
    pub(super) const fn note_accepted(&mut self) {
        self.accepted += 1;
    }

    /// Settles pieces. Answers the chunks that are settled as a whole now, with all of their
    /// rejected objects.
    pub(super) fn settle(
        &mut self,
        pieces: Vec<Piece>,
        rejected: Vec<RejectedObject>,
    ) -> (Vec<StoredChunk>, Vec<RejectedObject>) {
        self.splits.settle(pieces, rejected)
    }

    /// The first piece that was handed out in vain and is due.
    fn due(&self, now: Instant) -> Option<(SequenceNumber, Repeat)> {
        let candidates = if self.is_ordered { 1 } else { usize::MAX };
        let mut again = self.again.iter().take(candidates);
        again
            .find(|(_, repeat)| repeat.not_before.is_none_or(|moment| moment <= now))
            .map(|(first, repeat)| (*first, *repeat))
    }

    /// The next batch; `None` if everything is handed out. Blocks on the disk.
    pub(super) fn take(
        &mut self,
        outbox: &Outbox,
        limits: Limits,
        now: Instant,
    ) -> Result<Option<Outgoing>, ReadError> {
        while let Some((first, repeat)) = self.due(now) {
            if let Some(batch) = self.repeat(outbox, limits, first, repeat)? {
                return Ok(Some(batch));
            }
            // The chunk has left by another way, such as a late second answer.
            self.again.remove(&first);
            self.splits.forget(first);
        }
        if self.is_ordered && !self.again.is_empty() {
            return Ok(None);
        }
        let mut fill = Fill::new(limits);
        let again = &self.again;
        let reached = outbox.read_chunks(self.next, |chunk| {
            // What is put off comes again when it is due.
            if again.contains_key(&chunk.first) { ControlFlow::Break(()) } else { fill.add(chunk) }
        })?;
        let Some(last) = fill.pieces.last() else {
            // What could not be read on the way is not asked for again.
            self.next = self.next.max(reached);
            return Ok(None);
        };
        self.next = self.next.max(last.chunk.end);
        Ok(Some(Outgoing { pieces: fill.pieces, failures: 0, accepted_before: self.accepted }))
    }

    /// The batch that starts with a piece handed out in vain; `None` if its chunk is gone.
    fn repeat(
        &mut self,
        outbox: &Outbox,
        limits: Limits,
        first: SequenceNumber,
        repeat: Repeat,
    ) -> Result<Option<Outgoing>, ReadError> {
        let pieces = if let Some(piece) = self.splits.cut(outbox, first)? {
            vec![piece]
        } else {
            let mut fill = Fill::new(limits);
            let (again, splits) = (&self.again, &self.splits);
            outbox.read_chunks(first, |chunk| {
                let fits = again.get(&chunk.first).is_some_and(|other| {
                    let travels_along = other.suspects == repeat.suspects
                        && other.not_before.is_none()
                        && !splits.is_split(chunk.first);
                    chunk.first == first || travels_along
                });
                if fits { fill.add(chunk) } else { ControlFlow::Break(()) }
            })?;
            fill.pieces
        };
        for piece in &pieces {
            self.again.remove(&piece.chunk.first);
        }
        let Repeat { failures, accepted_before, .. } = repeat;
        Ok((!pieces.is_empty()).then_some(Outgoing { pieces, failures, accepted_before }))
    }
}

/// Fills a batch with whole chunks.
struct Fill {
    limits: Limits,
    bytes: u64,
    objects: u64,
    pieces: Vec<Piece>,
}

impl Fill {
    const fn new(limits: Limits) -> Self {
        Self { limits, bytes: 0, objects: 0, pieces: Vec::new() }
    }

    /// Adds a chunk, unless the batch is full. The first one always fits.
    fn add(&mut self, chunk: StoredChunk) -> ControlFlow<()> {
        let contiguous = self.pieces.last().is_none_or(|last| last.chunk.end == chunk.first);
        self.bytes += chunk.document_bytes;
        self.objects += chunk.objects();
        let limit = self.limits.bytes.min(MAX_BATCH_BYTES as u64);
        let is_full = self.bytes > limit || self.objects > self.limits.objects;
        if !self.pieces.is_empty() && (is_full || !contiguous) {
            return ControlFlow::Break(());
        }
        self.pieces.push(Piece::whole(chunk));
        ControlFlow::Continue(())
    }
}
