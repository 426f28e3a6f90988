//! Group commit: writers that wait at the same time share one commit.
//!
//! There is no committer thread. The first waiting writer leads: it takes what all have queued,
//! commits it, and wakes them. A hand-over to another thread would cost a single writer a third of
//! its speed.
//!
//! ```text
//! writer A   join ─ lead ── gather ── commit ────────── wake ─ return
//! writer B      join ─ wait ··········(in A's commit)·· return
//! writer C                        join ─ wait ·········· lead ── gather ── commit ─ …
//! ```
//!
//! A leader gathers for at most [`GATHER`]: until as many writers wait as took part in the last
//! commit or arrived during it. Without that, two halves of the writers take turns and each commit
//! carries half of what it could.

use std::{
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use asymmetric_protocol::{SequenceNumber, chunk::Objects};

use super::{
    CommitError, Durability, Outbox, RejectedObject, StoredChunk, commit::Work, meta::Place,
    settled::Settled,
};

/// Longest wait of a leader for writers that were there a moment ago.
const GATHER: Duration = Duration::from_micros(100);

/// Writers wait while more than this is queued for one commit.
const MAX_GROUP_BYTES: usize = 8 * 1024 * 1024;

/// The sequence numbers of what was written.
pub type Written = Range<SequenceNumber>;

#[derive(Debug)]
pub(super) struct Group {
    state: Mutex<State>,
    /// A writer joined the group that a leader is gathering.
    joined: Condvar,
    /// A commit ended, well or badly.
    ended: Condvar,
}

#[derive(Debug)]
struct State {
    /// What the next commit will carry.
    queued: Work,
    /// How many writers wait for it.
    waiting: usize,
    /// How many its leader expects.
    expected: usize,
    /// Number of the group that is gathering.
    gathering: u64,
    /// Every group with a smaller number is committed.
    committed: u64,
    /// Whether some thread is committing.
    leading: bool,
    /// Why nothing can be written any more.
    failed: Option<CommitError>,
    /// Where the next object goes, behind everything queued.
    end: Place,
    settled: Settled,
    /// Memory of the last commit, for the next one.
    spare: Work,
}

impl Group {
    pub(super) fn new(end: Place, settled: Settled) -> Self {
        let below = settled.below();
        Self {
            state: Mutex::new(State {
                queued: Work::new(end, below),
                waiting: 0,
                expected: 0,
                gathering: 0,
                committed: 0,
                leading: false,
                failed: None,
                end,
                settled,
                spare: Work::new(end, below),
            }),
            joined: Condvar::new(),
            ended: Condvar::new(),
        }
    }

    /// Objects with a smaller number are written, being written, or queued.
    #[cfg(test)]
    pub(super) fn queued_below(&self) -> SequenceNumber {
        self.lock().end.sequence
    }

    /// No code of a caller runs under the lock, so what a poisoned lock guards is whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits for a signal; `Condvar` hands a poisoned lock back like any other.
fn wait<'a>(signal: &Condvar, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
    signal.wait(state).unwrap_or_else(PoisonError::into_inner)
}

impl State {
    fn writable(&self) -> Result<(), CommitError> {
        self.failed.clone().map_or(Ok(()), Err)
    }
}

impl Outbox {
    /// Makes the objects durable, together with what other threads are writing, and leaves
    /// `objects` empty. Blocks until the commit that carries them has ended.
    pub fn commit(
        &self,
        objects: &mut Objects,
        durability: Durability,
    ) -> Result<Written, CommitError> {
        let mut state = self.group.lock();
        while state.failed.is_none() && state.queued.objects.bytes() > MAX_GROUP_BYTES {
            state = if state.leading { wait(&self.group.ended, state) } else { self.lead(state) };
        }
        state.writable()?;
        let first = state.end;
        state.end = Place {
            sequence: first.sequence.after(u64::from(objects.len())),
            position: first.position.saturating_add(objects.bytes() as u64),
        };
        let end = state.end;
        if end != first {
            state.queued.objects.append(objects);
            if durability == Durability::Paranoid {
                state.queued.durability = durability;
            }
            state.waiting += 1;
            self.group.joined.notify_one();
            self.finish(state)?;
        }
        Ok(first.sequence..end.sequence)
    }

    /// Makes everything that was settled or rejected so far durable. Blocks for one commit if
    /// there is anything.
    pub fn flush(&self) -> Result<(), CommitError> {
        let state = self.group.lock();
        state.writable()?;
        let is_clean = state.queued.is_empty() && !state.leading;
        if is_clean { Ok(()) } else { self.finish(state) }
    }

    /// Whether [`flush`](Self::flush) has anything to do.
    pub fn needs_flush(&self) -> bool {
        let state = self.group.lock();
        state.failed.is_none() && !state.queued.is_empty()
    }

    /// Refuses all further writes.
    pub fn close(&self) {
        self.group.lock().failed.get_or_insert(CommitError::Closed);
        self.group.ended.notify_all();
    }

    /// Settles chunks: each of their objects was acknowledged or is among `rejected`.
    ///
    /// The change is visible at once and becomes durable with the next commit; until then a crash
    /// brings the chunks back, to be sent again.
    pub fn settle(&self, chunks: &[StoredChunk], rejected: Vec<RejectedObject>) {
        let mut state = self.group.lock();
        let (mut objects, mut bytes) = (0, 0);
        for chunk in chunks.iter().filter(|chunk| !state.settled.contains(chunk.first)) {
            objects += chunk.objects();
            bytes += chunk.document_bytes;
        }
        for chunk in chunks {
            state.settled.settle(chunk.first, chunk.end);
        }
        let refused = rejected.len() as u64;
        state.queued.remove_below = state.settled.below();
        state.queued.rejected.extend(rejected);
        let settled_below = state.settled.below();
        drop(state);
        self.progress.send_modify(|progress| {
            progress.settled.add(objects, bytes);
            progress.acknowledged += objects.saturating_sub(refused);
            progress.rejected += refused;
            progress.settled_below = settled_below;
        });
    }

    /// Waits until the group that is gathering is committed, leading it if nobody does.
    fn finish<'a>(&'a self, mut state: MutexGuard<'a, State>) -> Result<(), CommitError> {
        let mine = state.gathering;
        while state.committed <= mine {
            state.writable()?;
            state = if state.leading { wait(&self.group.ended, state) } else { self.lead(state) };
        }
        Ok(())
    }

    /// Commits the group that is gathering.
    fn lead<'a>(&'a self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        let mut state = self.gather(state);
        let end = state.end;
        let below = state.settled.below();
        let next = std::mem::replace(&mut state.spare, Work::new(end, below));
        let mut work = std::mem::replace(&mut state.queued, next.reused(end, below));
        // What is in flight counts as stored; that decides nothing but how careful to be.
        work.stored_bytes = self.progress.borrow().pending_bytes();
        let writers = std::mem::take(&mut state.waiting);
        state.gathering += 1;
        drop(state);

        // A panic here would leave the other writers waiting for ever.
        let result = catch_unwind(AssertUnwindSafe(|| work.write(&self.database)))
            .unwrap_or_else(|_| Err(redb::Error::Corrupted("the storage engine panicked".into())));

        let mut state = self.group.lock();
        state.leading = false;
        // Whoever arrived during the commit waits now; who was in it will probably come back.
        state.expected = writers + state.waiting;
        match result {
            Ok(()) => {
                state.committed = state.gathering;
                let durable_below = end.sequence;
                self.progress.send_modify(|progress| {
                    let objects = u64::from(work.objects.len());
                    progress.written.add(objects, work.objects.bytes() as u64);
                    progress.durable += objects;
                    progress.durable_below = durable_below;
                });
                state.spare = work;
            }
            Err(error) => {
                let error = Arc::new(error);
                tracing::error!(error = %error, "the outbox could not be written");
                state.failed.get_or_insert(CommitError::Failed(error));
            }
        }
        self.group.ended.notify_all();
        state
    }

    fn gather<'a>(&'a self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        state.leading = true;
        let deadline = Instant::now() + GATHER;
        while state.waiting < state.expected {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let woken = self.group.joined.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        state
    }
}
