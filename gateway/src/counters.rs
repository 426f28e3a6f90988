//! What a gateway has done since it was built.

use std::sync::atomic::{AtomicU64, Ordering};

/// Numbers at one moment. They start at zero with every [`Gateway`](crate::Gateway).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Batches that were answered with an acknowledgement.
    pub batches: u64,
    /// Bytes of these batches, after decompression.
    pub bytes: u64,
    /// Objects that were acknowledged, duplicates included.
    pub acknowledged: u64,
    /// Objects that were acknowledged because their `_id` was there already.
    pub duplicates: u64,
    /// Objects that were rejected.
    pub rejected: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counting {
    batches: AtomicU64,
    bytes: AtomicU64,
    acknowledged: AtomicU64,
    duplicates: AtomicU64,
    rejected: AtomicU64,
}

impl Counting {
    pub(crate) fn add(&self, more: &Counters) {
        let Counters { batches, bytes, acknowledged, duplicates, rejected } = *more;
        self.batches.fetch_add(batches, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.acknowledged.fetch_add(acknowledged, Ordering::Relaxed);
        self.duplicates.fetch_add(duplicates, Ordering::Relaxed);
        self.rejected.fetch_add(rejected, Ordering::Relaxed);
    }

    pub(crate) fn snapshot(&self) -> Counters {
        Counters {
            batches: self.batches.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            acknowledged: self.acknowledged.load(Ordering::Relaxed),
            duplicates: self.duplicates.load(Ordering::Relaxed),
            rejected: self.rejected.load(Ordering::Relaxed),
        }
    }
}
