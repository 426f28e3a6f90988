//! Group commit: writers that wait at the same time share one commit.
//!
//! The first waiting writer leads: it takes what all have queued, commits it, and wakes them. A
//! hand-over to another thread would cost a single writer a third of its speed. Only what nobody
//! waits for with a thread, asynchronous and buffered writes, is led by the
//! [`Committer`](super::Committer).
//!
//! ```text
//! writer A   join ─ lead ── gather ── commit ────────── wake ─ return
//! writer B      join ─ wait ··········(in A's commit)·· return
//! writer C                        join ─ wait ·········· lead ── gather ── commit ─ …
//! ```
//!
//! A leader gathers for at most [`GATHER`]: until as many writers wait as took part in the last
//! commit or arrived during it. Without that, two halves of the writers take turns and each commit
//! carries half of what it could. The writer that completes the group takes over: to wake the one
//! that gathers would take as long as a quarter of a commit.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};

use asymmetric_protocol::{SequenceNumber, chunk::Objects};
use tokio::sync::watch;

use super::{
    CommitError, Outbox, RejectedObject, StoredChunk,
    commit::Work,
    drops::Dropped,
    horizon::Horizon,
    meta::Place,
    settled::Settled,
    sync::{Condvar, Mutex, MutexGuard, Patience, lock, wait, wait_for},
};
use crate::client::{observe, progress::Amount};

/// Longest wait of a leader for writers that were there a moment ago.
const GATHER: Duration = Duration::from_micros(100);

#[derive(Debug)]
pub(super) struct Group {
    state: Mutex<State>,
    /// The group for which a leader waits is complete, or was committed by somebody else.
    pub(super) joined: Condvar,
    /// A commit ended, well or badly.
    pub(super) ended: Condvar,
    /// Objects were settled, or there will be no more commits.
    pub(super) drained: Condvar,
    /// The committer has something to do earlier than it knew.
    pub(super) due: Condvar,
    /// How far commits have come.
    pub(super) horizon: watch::Sender<Horizon>,
    /// Held by whoever takes rejected objects out of their table, so that none is sent twice.
    pub(super) withdrawing: Mutex<()>,
}

/// What the leader of a group does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leader {
    /// There is none.
    None,
    /// It waits for writers to join, and any of them may commit in its place.
    Gathering,
    Committing,
}

#[derive(Debug)]
pub(super) struct State {
    /// What the next commit will carry.
    pub(super) queued: Work,
    /// How many writers wait for it.
    pub(super) waiting: usize,
    /// How many its leader expects.
    expected: usize,
    /// Number of the group that is gathering.
    gathering: u64,
    /// Every group with a smaller number is committed.
    committed: u64,
    /// What the thread does that commits for all.
    pub(super) leader: Leader,
    /// When the committer has to lead at the latest.
    pub(super) due: Option<Instant>,
    /// Why nothing can be written any more.
    pub(super) failed: Option<CommitError>,
    /// Whether new writes are refused.
    pub(super) is_closed: bool,
    /// Where the next object goes, behind everything queued.
    pub(super) end: Place,
    /// Behind everything committed.
    pub(super) durable: Place,
    /// Everything that waits for the server, the queue included.
    pub(super) pending: Amount,
    pub(super) settled: Settled,
    /// What the limits ever made leave.
    pub(super) dropped: Dropped,
    /// Whether they have since the file was opened.
    pub(super) has_dropped: bool,
    /// Memory of the last commit, for the next one.
    spare: Work,
}

impl Group {
    pub(super) fn new(end: Place, settled: Settled, pending: Amount, dropped: Dropped) -> Self {
        let below = settled.below();
        Self {
            state: Mutex::new(State {
                queued: Work::new(end, below),
                waiting: 0,
                expected: 0,
                gathering: 0,
                committed: 0,
                leader: Leader::None,
                due: None,
                failed: None,
                is_closed: false,
                end,
                durable: end,
                pending,
                settled,
                dropped,
                has_dropped: false,
                spare: Work::new(end, below),
            }),
            joined: Condvar::new(),
            ended: Condvar::new(),
            drained: Condvar::new(),
            due: Condvar::new(),
            horizon: watch::Sender::new(Horizon { below: end.sequence, failed: None }),
            withdrawing: Mutex::new(()),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Waits for a signal, for this time at most.
    pub(super) fn wait_for<'a>(
        &'a self,
        signal: &Condvar,
        state: MutexGuard<'a, State>,
        time: Duration,
    ) -> MutexGuard<'a, State> {
        wait_for(signal, &self.state, state, time)
    }

    /// Behind everything committed, and behind everything settled.
    pub(super) fn bounds(&self) -> (SequenceNumber, SequenceNumber) {
        let state = self.lock();
        (state.durable.sequence, state.settled.below())
    }

    /// Objects with a smaller number are written, being written, or queued.
    #[cfg(all(test, not(shuttle)))]
    pub(super) fn queued_below(&self) -> SequenceNumber {
        self.lock().end.sequence
    }

    /// Sees to it that the committer leads by this moment, unless somebody else does before.
    pub(super) fn lead_by(&self, state: &mut State, moment: Instant) {
        if state.due.is_none_or(|due| moment < due) {
            state.due = Some(moment);
            self.due.notify_one();
        }
    }
}

impl State {
    /// Gives the memory of the last commit to a writer of so many bytes that was in it, if that is
    /// the writer's own, moved into the queue: the next transaction will need as much.
    pub(super) fn give_back(&mut self, objects: &mut Objects, bytes: usize) {
        let spare = &mut self.spare.objects;
        if spare.capacity() > objects.capacity() && spare.capacity() / 2 <= bytes {
            std::mem::swap(spare, objects);
        }
    }

    /// Whether a leader waits for nobody any more.
    pub(super) const fn is_complete(&self) -> bool {
        matches!(self.leader, Leader::Gathering) && self.waiting >= self.expected
    }

    /// Whether commits are possible.
    pub(super) fn usable(&self) -> Result<(), CommitError> {
        self.failed.clone().map_or(Ok(()), Err)
    }
}

impl Outbox {
    /// Makes everything that was written, settled or rejected so far durable. Blocks for one commit
    /// if there is anything, or for two if one is running.
    pub fn flush(&self) -> Result<(), CommitError> {
        let state = self.group.lock();
        state.usable()?;
        let is_clean = state.queued.is_empty() && state.leader == Leader::None;
        if is_clean { Ok(()) } else { self.finish(state).map(drop) }
    }

    /// Whether anything settled or rejected waits for a commit.
    pub fn needs_flush(&self) -> bool {
        let state = self.group.lock();
        state.failed.is_none() && state.queued.has_departures()
    }

    /// Refuses all further writes. What was written before goes on.
    pub(crate) fn refuse_writes(&self) {
        self.group.lock().is_closed = true;
    }

    /// Refuses all further writes, and makes durable what was written before. Blocks for it.
    pub fn close(&self) -> Result<(), CommitError> {
        {
            let mut state = self.group.lock();
            state.is_closed = true;
            if matches!(state.failed, Some(CommitError::Closed)) {
                return Ok(());
            }
        }
        let result = self.flush();
        self.fail(CommitError::Closed);
        result
    }

    /// Settles chunks: all of their objects were acknowledged. What has left already is passed over.
    ///
    /// The change is visible at once and becomes durable with the next commit; until then a crash
    /// brings the chunks back, to be sent again.
    pub fn settle(&self, chunks: &[StoredChunk]) {
        let mut state = self.group.lock();
        let mut gone = Amount::default();
        for chunk in chunks {
            // Not a late second answer, or one to a chunk that was dropped meanwhile.
            if state.settled.settle(chunk.first, chunk.end) {
                gone.add(chunk.objects(), chunk.document_bytes);
            }
        }
        state.pending.take(gone.objects, gone.bytes);
        let settled_below = state.settled.below();
        state.queued.remove_below = settled_below;
        drop(state);
        self.group.drained.notify_all();
        self.progress.send_modify(|progress| {
            progress.settled.add(gone.objects, gone.bytes);
            progress.acknowledged += gone.objects;
            progress.acknowledged_bytes += gone.bytes;
            progress.settled_below = progress.settled_below.max(settled_below);
        });
    }

    /// Settles chunks with rejected objects, which `next` hands out as long as the one it has is
    /// first in the file, and answers the objects. Nothing is told before it is durable.
    ///
    /// Such a chunk leaves in the commit that keeps its rejected objects. One that is not first would
    /// stay: sent again after a crash, its objects would be rejected, and counted, a second time.
    pub(crate) fn settle_rejected(
        &self,
        mut next: impl FnMut(SequenceNumber) -> Option<(StoredChunk, Vec<RejectedObject>)>,
    ) -> Result<Vec<RejectedObject>, CommitError> {
        let mut state = self.group.lock();
        let (mut gone, mut refused) = (Amount::default(), Amount::default());
        let mut rejected = Vec::new();
        while let Some((chunk, objects)) = next(state.settled.below()) {
            debug_assert!(chunk.first <= state.settled.below(), "another one is first");
            // What was dropped meanwhile is passed over.
            if state.settled.settle(chunk.first, chunk.end) {
                gone.add(chunk.objects(), chunk.document_bytes);
                rejected.extend(objects);
            }
        }
        if rejected.is_empty() {
            return Ok(rejected);
        }
        for object in &rejected {
            refused.add(1, object.bson.len() as u64);
        }
        state.pending.take(gone.objects, gone.bytes);
        let settled_below = state.settled.below();
        state.queued.remove_below = settled_below;
        state.queued.rejected.extend(rejected.iter().cloned());
        drop(self.finish(state)?);
        self.group.drained.notify_all();
        self.fates(|fates| rejected.iter().for_each(|object| fates.reject(object.sequence)));
        self.progress.send_modify(|progress| {
            progress.settled.add(gone.objects, gone.bytes);
            gone.take(refused.objects, refused.bytes);
            progress.acknowledged += gone.objects;
            progress.acknowledged_bytes += gone.bytes;
            progress.rejected += refused.objects;
            progress.rejected_bytes += refused.bytes;
            progress.settled_below = progress.settled_below.max(settled_below);
        });
        Ok(rejected)
    }

    /// Waits until the group that is gathering is committed, leading it if nobody does.
    pub(super) fn finish<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
    ) -> Result<MutexGuard<'a, State>, CommitError> {
        let mine = state.gathering;
        while state.committed <= mine {
            state.usable()?;
            let is_led = state.leader != Leader::None && !state.is_complete();
            state = if is_led { wait(&self.group.ended, state) } else { self.lead(state) };
        }
        Ok(state)
    }

    /// Commits the group that is gathering, unless another writer completes it before. Nobody may be
    /// committing.
    pub(super) fn lead<'a>(&'a self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        let mine = state.gathering;
        let is_taken_over = state.leader == Leader::Gathering;
        state.leader = Leader::Gathering;
        let mut patience = Patience::of(GATHER);
        while state.gathering == mine
            && state.waiting < state.expected
            && let Some(left) = patience.left()
        {
            state = self.group.wait_for(&self.group.joined, state, left);
        }
        if state.gathering != mine {
            return state;
        }
        let state = self.commit_group(state);
        if is_taken_over {
            self.group.joined.notify_all();
        }
        state
    }

    fn commit_group<'a>(&'a self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        state.leader = Leader::Committing;
        let end = state.end;
        let below = state.settled.below();
        let next = std::mem::replace(&mut state.spare, Work::new(end, below));
        let mut work = std::mem::replace(&mut state.queued, next.reused(end, below));
        let new = work.amount();
        work.pending_bytes = state.pending.bytes;
        let excess = self.options.limits.excess(state.pending);
        let writers = std::mem::take(&mut state.waiting);
        state.due = None;
        state.gathering += 1;
        drop(state);

        // A panic here would leave the other writers waiting for ever.
        let written = catch_unwind(AssertUnwindSafe(|| {
            let database = self.database();
            self.make_room(&database, &mut work, excess)?;
            let mut cutter = self.cutter.lock().unwrap_or_else(PoisonError::into_inner);
            work.write(&database, &mut cutter)
        }));
        let result = written.unwrap_or_else(|_| {
            Err(redb::Error::Corrupted("the storage engine panicked".to_owned()))
        });

        let mut state = self.group.lock();
        state.leader = Leader::None;
        // Whoever arrived during the commit waits now; who was in it will probably come back.
        state.expected = writers + state.waiting;
        match result {
            Ok(()) => {
                state.committed = state.gathering;
                state.durable = end;
                self.account(new, &work, end);
                work.spill = None;
                state.spare = work;
            }
            Err(error) => {
                tracing::error!(%error, "the outbox could not be written");
                state.failed.get_or_insert(CommitError::Failed(Arc::new(error)));
            }
        }
        let failed = state.failed.clone();
        self.group.horizon.send_modify(|horizon| {
            horizon.below = state.durable.sequence;
            horizon.failed = failed;
        });
        let has_failed = state.failed.is_some();
        drop(state);
        // Whoever wakes finds the lock free.
        self.group.ended.notify_all();
        if has_failed {
            self.group.drained.notify_all();
        }
        self.group.lock()
    }

    /// Ends all commits, for a reason.
    fn fail(&self, reason: CommitError) {
        let mut state = self.group.lock();
        let reason = state.failed.get_or_insert(reason).clone();
        drop(state);
        self.group.horizon.send_modify(|horizon| horizon.failed = Some(reason));
        self.group.ended.notify_all();
        self.group.drained.notify_all();
        self.group.due.notify_all();
    }

    /// Tells everybody what a commit has brought.
    fn account(&self, new: Amount, work: &Work, end: Place) {
        self.fates(|fates| work.drops.iter().for_each(|drop| fates.lose(drop.range.clone())));
        self.progress.send_modify(|progress| {
            progress.written.add(new.objects, new.bytes);
            progress.durable += new.objects;
            progress.durable_below = end.sequence;
            for drop in &work.drops {
                progress.settled.add(drop.objects(), drop.bytes);
                progress.settled_below = progress.settled_below.max(work.remove_below);
            }
            if let Some(dropped) = work.dropped {
                (progress.overflowed, progress.expired) = (dropped.overflowed, dropped.expired);
            }
        });
        observe::written(new.objects, new.bytes);
        for drop in &work.drops {
            drop.tell(self);
        }
    }
}
