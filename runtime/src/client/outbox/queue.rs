//! The ways into the outbox.

use std::{
    ops::Range,
    time::{Duration, Instant},
};

use asymmetric_protocol::{SequenceNumber, chunk::Objects};

use super::{
    CommitError, Draft, Durability, Outbox,
    commit::{Work, amount},
    group::{Leader, State},
    horizon::durable,
    limits::Room,
    spill::Spill,
    sync::wait,
};
use crate::client::progress::Amount;

/// Writers wait while more than this is queued for one commit.
const MAX_GROUP_BYTES: usize = 8 * 1024 * 1024;

/// The sequence numbers of what was written.
pub type Written = Range<SequenceNumber>;

/// What became of an attempt to write.
enum Attempt {
    Queued(Written),
    /// There may be room after the next commit.
    AfterCommit,
    /// There may be room when enough has been acknowledged; a writer waits this long for it.
    WhenDrained(Duration),
}

impl Outbox {
    /// Writes the objects together with what others are writing, and leaves `objects` empty. Blocks
    /// until they are durable, or until they are in memory if that is all that `durability` asks.
    #[cfg(any(test, feature = "test-util"))]
    pub fn commit(
        &self,
        objects: &mut Objects,
        durability: Durability,
    ) -> Result<Written, CommitError> {
        self.commit_with(objects, durability, |_| {})
    }

    /// The same, with something else in the commit that brings the objects.
    pub(super) fn commit_with(
        &self,
        objects: &mut Objects,
        durability: Durability,
        with: impl FnOnce(&mut Work),
    ) -> Result<Written, CommitError> {
        self.commit_content(Content { objects, spill: &mut None }, durability, with)
    }

    /// The same for a transaction of any size.
    pub(crate) fn commit_draft(
        &self,
        draft: &mut Draft,
        durability: Durability,
    ) -> Result<Written, CommitError> {
        self.commit_content(draft.into(), durability, |_| {})
    }

    fn commit_content(
        &self,
        mut content: Content<'_>,
        durability: Durability,
        with: impl FnOnce(&mut Work),
    ) -> Result<Written, CommitError> {
        let bytes = content.objects.bytes();
        let mut state = self.group.lock();
        let mut since = None;
        let written = loop {
            match self.queue(&mut state, &mut content, durability)? {
                Attempt::Queued(written) => {
                    with(&mut state.queued);
                    break written;
                }
                Attempt::AfterCommit => {
                    state = if state.leader == Leader::None {
                        self.lead(state)
                    } else {
                        wait(&self.group.ended, state)
                    };
                }
                Attempt::WhenDrained(timeout) => {
                    let waited = since.get_or_insert_with(Instant::now).elapsed();
                    let left = timeout.saturating_sub(waited);
                    if left.is_zero() {
                        return Err(state.full());
                    }
                    state = self.group.wait_for(&self.group.drained, state, left);
                }
            }
        };
        let is_awaited = state.queued.has_withdrawals() || !written.is_empty();
        if is_awaited && durability.waits() {
            state.waiting += 1;
            self.finish(state)?.give_back(content.objects, bytes);
        }
        Ok(written)
    }

    /// Writes the objects if there is room at this moment, and leaves them alone otherwise. Never
    /// blocks; [`durable`](Self::durable) waits for the rest.
    pub(crate) fn try_commit(
        &self,
        draft: &mut Draft,
        durability: Durability,
    ) -> Result<Option<Written>, CommitError> {
        let mut state = self.group.lock();
        Ok(match self.queue_for_task(&mut state, &mut draft.into(), durability)? {
            Attempt::Queued(written) => Some(written),
            Attempt::AfterCommit | Attempt::WhenDrained(_) => None,
        })
    }

    /// The same as [`commit`](Self::commit) for a task: the committer leads. Needs tokio's timers
    /// if the limits say that writers wait when the outbox is full.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, either all objects are written or none, and `objects` is empty
    /// or as it was.
    #[cfg(any(test, feature = "test-util"))]
    pub async fn commit_async(
        &self,
        objects: &mut Objects,
        durability: Durability,
    ) -> Result<Written, CommitError> {
        self.commit_content_async(Content { objects, spill: &mut None }, durability).await
    }

    /// The same for a transaction of any size.
    pub(crate) async fn commit_draft_async(
        &self,
        draft: &mut Draft,
        durability: Durability,
    ) -> Result<Written, CommitError> {
        self.commit_content_async(draft.into(), durability).await
    }

    async fn commit_content_async(
        &self,
        mut content: Content<'_>,
        durability: Durability,
    ) -> Result<Written, CommitError> {
        let mut horizon = self.group.horizon.subscribe();
        let mut progress = self.progress.subscribe();
        let mut since = None;
        let written = loop {
            horizon.mark_unchanged();
            progress.mark_unchanged();
            let attempt = {
                let mut state = self.group.lock();
                self.queue_for_task(&mut state, &mut content, durability)?
            };
            match attempt {
                Attempt::Queued(written) => break written,
                // Senders live as long as `self`.
                Attempt::AfterCommit => horizon.changed().await.unwrap_or_default(),
                Attempt::WhenDrained(timeout) => {
                    let since = *since.get_or_insert_with(tokio::time::Instant::now);
                    let left = timeout.saturating_sub(since.elapsed());
                    if left.is_zero() {
                        return Err(self.group.lock().full());
                    }
                    tokio::select! {
                        _ = progress.changed() => {}
                        _ = horizon.changed() => {}
                        () = tokio::time::sleep(left) => {}
                    }
                }
            }
        };
        if durability.waits() && !written.is_empty() {
            durable(&mut horizon, written.end).await?;
        }
        Ok(written)
    }

    /// Waits until every object below `end` is durable.
    pub(crate) async fn durable(&self, end: SequenceNumber) -> Result<(), CommitError> {
        durable(&mut self.group.horizon.subscribe(), end).await
    }

    /// Makes everything that was written so far durable. Cancel safe.
    pub async fn flush_async(&self) -> Result<(), CommitError> {
        let end = {
            let mut state = self.group.lock();
            self.group.lead_by(&mut state, Instant::now());
            state.end.sequence
        };
        self.durable(end).await
    }

    /// Queues objects for which no thread waits.
    fn queue_for_task(
        &self,
        state: &mut State,
        content: &mut Content<'_>,
        durability: Durability,
    ) -> Result<Attempt, CommitError> {
        let attempt = self.queue(state, content, durability)?;
        match &attempt {
            Attempt::Queued(written) if !written.is_empty() && durability.waits() => {
                state.waiting += 1;
                if state.is_complete() {
                    self.group.joined.notify_one();
                }
                self.group.lead_by(state, Instant::now());
            }
            Attempt::AfterCommit => self.group.lead_by(state, Instant::now()),
            Attempt::Queued(_) | Attempt::WhenDrained(_) => {}
        }
        Ok(attempt)
    }

    /// Moves the objects behind everything queued, if there is room.
    fn queue(
        &self,
        state: &mut State,
        content: &mut Content<'_>,
        durability: Durability,
    ) -> Result<Attempt, CommitError> {
        state.usable()?;
        if state.is_closed {
            return Err(CommitError::Closed);
        }
        let first = state.end;
        let new = amount(content.objects, content.spill.as_ref());
        if new.objects == 0 {
            return Ok(Attempt::Queued(first.sequence..first.sequence));
        }
        // A spill is the end of its group.
        if state.queued.objects.bytes() > MAX_GROUP_BYTES || state.queued.spill.is_some() {
            return Ok(Attempt::AfterCommit);
        }
        let queued = state.queued.amount();
        match self.options.limits.room(state.pending, queued, new)? {
            Room::Free => {}
            Room::AfterCommit => return Ok(Attempt::AfterCommit),
            Room::WhenDrained(timeout) => return Ok(Attempt::WhenDrained(timeout)),
        }
        if let Durability::Buffered { max_delay, max_bytes } = durability {
            let max_bytes = max_bytes.min(MAX_GROUP_BYTES) as u64;
            let at_risk = first.position - state.durable.position;
            if at_risk > 0 && at_risk + new.bytes > max_bytes {
                return Ok(Attempt::AfterCommit);
            }
            let is_half_used = (queued.bytes + new.bytes).saturating_mul(2) >= max_bytes;
            let delay = if is_half_used { Duration::ZERO } else { max_delay };
            if let Some(moment) = Instant::now().checked_add(delay) {
                self.group.lead_by(state, moment);
            }
        }
        state.end = first.after(new);
        state.pending.add(new.objects, new.bytes);
        state.queued.objects.append(content.objects);
        state.queued.spill = content.spill.take();
        state.queued.is_paranoid |= durability == Durability::Paranoid;
        Ok(Attempt::Queued(first.sequence..state.end.sequence))
    }
}

/// What is to be written: what is in memory, or all of it in files.
struct Content<'a> {
    objects: &'a mut Objects,
    spill: &'a mut Option<Spill>,
}

impl<'a> From<&'a mut Draft> for Content<'a> {
    fn from(draft: &'a mut Draft) -> Self {
        Self { objects: &mut draft.objects, spill: &mut draft.spill }
    }
}

impl State {
    fn full(&self) -> CommitError {
        let Amount { objects, bytes } = self.pending;
        CommitError::Full { pending_objects: objects, pending_bytes: bytes }
    }
}
