//! A batch comes back with an answer, and what was settled leaves the file.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use asymmetric_protocol::ack::Acknowledgement;
use tokio::time::Instant;

use super::{
    super::{answer::judge, backoff::random, transport::Transport, window::Outgoing},
    uploader::{Outcome, Uploader},
};
use crate::client::{
    error::chain,
    events::SyncEvent,
    observe,
    outbox::{RejectedObject, StoredChunk},
};

/// Settled chunks leave the file with the next write, or after this time without one.
const FLUSH_AFTER: Duration = Duration::from_millis(75);

impl<T: Transport> Uploader<T> {
    pub(super) fn conclude(&mut self, Outcome { batch, sent_at, result }: Outcome) {
        let (objects, bytes) = (batch.objects(), batch.bytes());
        self.outbox.progress().send_modify(|progress| progress.in_flight.take(objects, bytes));
        match result {
            Ok(answer) => {
                let round_trip = sent_at.elapsed();
                self.pace.answered(bytes, round_trip);
                observe::answered(round_trip);
                self.is_connected = true;
                self.needs_login = false;
                self.accept(batch, &answer, round_trip);
                if let Some(millis) = answer.backoff_ms {
                    self.wait(Duration::from_millis(millis), true);
                }
            }
            Err(error) => self.fail(batch, error),
        }
    }

    fn accept(&mut self, batch: Outgoing, answer: &Acknowledgement, round_trip: Duration) {
        let is_asked =
            self.announcing.hear(batch.classes(self.outbox.identity()), &answer.announce);
        if self.record(batch, answer, round_trip) {
            self.window.note_accepted();
            self.backoff.reset();
        } else if !is_asked {
            // An answer without progress counts as a failure, or the two would race in circles.
            let wait = self.backoff.next(random());
            self.wait(wait, false);
        }
    }

    /// Does what an answer says. Whether it settled anything.
    pub(super) fn record(
        &mut self,
        batch: Outgoing,
        answer: &Acknowledgement,
        round_trip: Duration,
    ) -> bool {
        let now = self.surroundings.wall_clock();
        let classes = &self.outbox.identity().classes;
        let verdict = judge(batch.pieces.clone(), answer, classes, now);
        let made_progress = !verdict.settled.is_empty();
        if !verdict.open.is_empty() {
            self.window.give_back(&batch.only(verdict.open), false, None);
        }
        let (chunks, rejected) = self.window.settle(verdict.settled, verdict.rejected);
        self.settle(chunks, rejected, round_trip);
        made_progress
    }

    /// Records what became of chunks, and tells it.
    fn settle(
        &mut self,
        chunks: Vec<StoredChunk>,
        rejected: Vec<RejectedObject>,
        round_trip: Duration,
    ) {
        let before = self.acknowledged();
        let chunks = self.held.sort(chunks, rejected);
        self.outbox.settle(&chunks);
        let rejected = self.outbox.settle_rejected(|settled_below| self.held.next(settled_below));
        let (objects, bytes) = self.acknowledged();
        let (objects, bytes) = (objects - before.0, bytes - before.1);
        if objects > 0 {
            observe::acknowledged(objects, bytes);
            self.wires.events.send(SyncEvent::Acknowledged { objects, bytes, round_trip });
        }
        match rejected {
            Ok(rejected) => self.tell_rejected(rejected),
            // They are sent again when the file is opened again.
            Err(error) => tracing::error!(%error, "rejected objects could not be recorded"),
        }
        if self.flush_at.is_none() && self.outbox.needs_flush() {
            self.flush_at = Some(Instant::now() + FLUSH_AFTER);
        }
    }

    /// Objects, and their bytes.
    fn acknowledged(&self) -> (u64, u64) {
        let progress = self.outbox.progress().borrow();
        (progress.acknowledged, progress.acknowledged_bytes)
    }

    fn tell_rejected(&self, rejected: Vec<RejectedObject>) {
        for object in rejected {
            let RejectedObject { sequence, class, code, reason, .. } = &object;
            observe::rejected(code);
            tracing::warn!(%sequence, class, %code, reason, "the server rejected an object");
            if let Some(callback) = &self.options.on_rejected
                && catch_unwind(AssertUnwindSafe(|| callback(&object))).is_err()
            {
                tracing::error!(%sequence, "the callback for rejected objects panicked");
            }
            self.wires.events.send(SyncEvent::Rejected(object));
        }
    }

    /// Makes durable what was settled.
    pub(super) fn flush(&mut self) {
        self.flush_at = None;
        if let Err(error) = self.outbox.flush() {
            // Nothing is lost: what was acknowledged is sent again and recognised.
            tracing::error!(error = %chain(&error), "acknowledged objects could not be removed");
        }
    }
}
