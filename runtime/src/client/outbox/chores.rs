//! What is done while nobody writes.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use asymmetric_protocol::SequenceNumber;

use super::{Outbox, commit::QUICK_REPAIR_FROM_BYTES};

/// Without a commit for this long, an outbox is idle.
const IDLE: Duration = Duration::from_secs(1);

/// Longest time between two looks at the age of the oldest objects.
const LONGEST_LOOK: Duration = Duration::from_secs(60);

/// Smaller files are not worth the work of compacting.
const COMPACT_FROM_BYTES: u64 = 64 * 1024 * 1024;

/// With less pending, a repair takes no time worth a commit.
const REPAIR_FROM_BYTES: u64 = 8 * 1024 * 1024;

/// What is done while nobody writes, and when it was last.
pub(super) struct Chores<'a> {
    outbox: &'a Outbox,
    /// How far commits had come, and since when.
    seen: (SequenceNumber, Instant),
    is_done: bool,
    expired_at: Option<Instant>,
    /// How long the file was after it was compacted.
    compacted_to: u64,
}

impl<'a> Chores<'a> {
    pub(super) fn new(outbox: &'a Outbox) -> Self {
        let seen = (outbox.group.bounds().0, Instant::now());
        Self { outbox, seen, is_done: false, expired_at: None, compacted_to: 0 }
    }

    /// Does what is due, and answers after which time to look again.
    pub(super) fn run(&mut self) -> Duration {
        let next_look = self.expire();
        let durable = self.outbox.group.bounds().0;
        if self.seen.0 != durable {
            self.seen = (durable, Instant::now());
            self.is_done = false;
        }
        let idle = self.seen.1.elapsed();
        if idle < IDLE {
            return next_look.min(IDLE.saturating_sub(idle));
        }
        if !self.is_done {
            self.is_done = true;
            self.settle_down();
        }
        next_look
    }

    fn expire(&mut self) -> Duration {
        let Some(max_age) = self.outbox.options.limits.max_age else { return LONGEST_LOOK };
        let pause = (max_age / 16).clamp(Duration::from_millis(10), LONGEST_LOOK);
        let since = self.expired_at.map_or(pause, |at| at.elapsed());
        if since < pause {
            return pause.saturating_sub(since);
        }
        self.expired_at = Some(Instant::now());
        if let Err(error) = self.outbox.expire() {
            tracing::error!(%error, "old objects could not be dropped");
        }
        pause
    }

    /// Leaves the file as whoever opens it next would like to find it.
    pub(super) fn settle_down(&mut self) {
        let outbox = self.outbox;
        let pending = outbox.group.lock().pending.bytes;
        let length = outbox.file_bytes();
        // What does not shrink holds something else, such as rejected objects.
        let floor = outbox.options.preallocate.saturating_mul(2).max(2 * self.compacted_to);
        if length > floor.max(COMPACT_FROM_BYTES) && pending < length / 4 {
            if let Err(error) = outbox.compact() {
                tracing::error!(%error, "the outbox could not be compacted");
            }
            self.compacted_to = outbox.file_bytes();
        } else if (REPAIR_FROM_BYTES..QUICK_REPAIR_FROM_BYTES).contains(&pending) {
            outbox.prepare_for_crash();
        }
    }
}

impl Outbox {
    /// Bytes that the file takes.
    pub fn file_bytes(&self) -> u64 {
        self.length.load(Ordering::Relaxed)
    }

    /// Gives disk space that is not needed back to the file system; `true` if there was some. Takes
    /// as long as it takes to copy what is pending; writers wait meanwhile.
    pub fn compact(&self) -> Result<bool, redb::Error> {
        let before = self.file_bytes();
        let compacted = self.exclusive_database().compact()?;
        self.reserve()?;
        tracing::debug!(before, after = self.file_bytes(), "compacted the outbox");
        Ok(compacted)
    }

    /// Makes a commit that keeps what a quick repair needs.
    fn prepare_for_crash(&self) {
        let mut state = self.group.lock();
        if state.failed.is_some() {
            return;
        }
        state.queued.is_last = true;
        if let Err(error) = self.finish(state) {
            tracing::error!(%error, "the outbox could not be written");
        }
    }
}
