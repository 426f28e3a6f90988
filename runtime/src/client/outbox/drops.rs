//! What leaves because of the limits.

use std::{
    ops::{ControlFlow, Range},
    time::{Duration, SystemTime},
};

use asymmetric_protocol::SequenceNumber;
use redb::{Database, ReadableDatabase};

use super::{
    CommitError, Outbox, OutboxEvent,
    commit::Work,
    meta::{CHUNKS, millis_since_1970},
    scan::scan,
};
use crate::client::{observe, progress::Amount};

/// Why objects left the device without reaching the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DropReason {
    /// The outbox was full, and newer objects needed the room.
    Overflow,
    /// They were older than the realm's `max_age`.
    Expired,
}

/// How many objects the limits ever made leave this file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Dropped {
    pub(super) overflowed: u64,
    pub(super) expired: u64,
}

impl Dropped {
    pub(super) fn to_bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        let (overflowed, expired) = bytes.split_at_mut(8);
        overflowed.copy_from_slice(&self.overflowed.to_le_bytes());
        expired.copy_from_slice(&self.expired.to_le_bytes());
        bytes
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (overflowed, expired) = bytes.split_first_chunk()?;
        Some(Self {
            overflowed: u64::from_le_bytes(*overflowed),
            expired: u64::from_le_bytes(expired.try_into().ok()?),
        })
    }
}

/// A chunk that leaves for one of the reasons.
#[derive(Clone, Debug)]
pub(super) struct Drop {
    pub(super) range: Range<SequenceNumber>,
    pub(super) bytes: u64,
    reason: DropReason,
}

impl Drop {
    pub(super) const fn objects(&self) -> u64 {
        self.range.end.get() - self.range.start.get()
    }

    pub(super) fn tell(&self, outbox: &Outbox) {
        let Self { range, bytes, reason } = self.clone();
        tracing::debug!(first = %range.start, end = %range.end, ?reason, "objects were dropped");
        observe::dropped(reason, self.objects());
        outbox.tell(OutboxEvent::Dropped { objects: range, bytes, reason });
    }
}

impl Outbox {
    /// Drops what has waited for longer than the limits allow. Blocks for a commit if there is
    /// anything.
    pub fn expire(&self) -> Result<(), CommitError> {
        let Some(max_age) = self.options.limits.max_age else { return Ok(()) };
        let cutoff = millis_since_1970(SystemTime::now() - max_age.min(LONGEST_AGE));
        let oldest = self.oldest().map_err(|error| CommitError::Failed(error.into()))?;
        if oldest.is_none_or(|created_ms| created_ms >= cutoff) {
            return Ok(());
        }
        let mut state = self.group.lock();
        state.usable()?;
        state.queued.expire_before_ms = Some(cutoff);
        self.finish(state).map(drop)
    }

    /// When the oldest chunk that is not settled was written, in milliseconds since 1970.
    fn oldest(&self) -> Result<Option<i64>, redb::Error> {
        let (end, settled_below) = self.group.bounds();
        let database = self.database();
        let chunks = database.begin_read()?.open_table(CHUNKS)?;
        let mut oldest = None;
        scan(&chunks, settled_below, end, settled_below, |chunk, _| {
            oldest = Some(chunk.created_ms());
            ControlFlow::Break(())
        })?;
        Ok(oldest)
    }

    /// Settles the chunks at the front that the limits make leave, and has `work` remove them.
    ///
    /// Only the leader calls this, so nothing else takes chunks out of the file meanwhile; the
    /// server may settle them, and then they are not counted here.
    pub(super) fn make_room(
        &self,
        database: &Database,
        work: &mut Work,
        excess: Option<Amount>,
    ) -> Result<(), redb::Error> {
        let expire_before_ms = work.expire_before_ms.take();
        if excess.is_none() && expire_before_ms.is_none() {
            return Ok(());
        }
        let mut excess = excess.unwrap_or_default();
        let mut leaving = Vec::new();
        let (end, settled_below) = self.group.bounds();
        let chunks = database.begin_read()?.open_table(CHUNKS)?;
        let damage = scan(&chunks, settled_below, end, settled_below, |chunk, _| {
            if self.group.lock().settled.contains(chunk.first()) {
                return ControlFlow::Continue(());
            }
            let reason = if expire_before_ms.is_some_and(|cutoff| chunk.created_ms() < cutoff) {
                DropReason::Expired
            } else if excess != Amount::default() {
                DropReason::Overflow
            } else {
                return ControlFlow::Break(());
            };
            let bytes = chunk.document_bytes();
            excess.take(u64::from(chunk.objects()), bytes);
            leaving.push(Drop { range: chunk.first()..chunk.end(), bytes, reason });
            ControlFlow::Continue(())
        })?;
        self.quarantine(damage);

        let mut state = self.group.lock();
        if !leaving.is_empty() && !std::mem::replace(&mut state.has_dropped, true) {
            tracing::warn!("objects are dropped, because the outbox is full or they are too old");
        }
        for drop in leaving {
            if !state.settled.settle(drop.range.start, drop.range.end) {
                continue;
            }
            state.pending.take(drop.objects(), drop.bytes);
            match drop.reason {
                DropReason::Overflow => state.dropped.overflowed += drop.objects(),
                DropReason::Expired => state.dropped.expired += drop.objects(),
            }
            work.drops.push(drop);
        }
        work.pending_bytes = state.pending.bytes;
        if !work.drops.is_empty() {
            work.dropped = Some(state.dropped);
        }
        let settled_below = state.settled.below();
        state.queued.hand_over_departures(work, settled_below);
        Ok(())
    }
}

/// Nothing is older than a hundred years.
const LONGEST_AGE: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);
