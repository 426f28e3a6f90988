//! How much travels at a time, adapted to the line.
//!
//! A line is measured by its round trips: the time from sending a batch to reading its answer.
//!
//! - Batches grow where a round trip takes long although the line copes, because then the way
//!   costs more than the load; they shrink where it takes very long, or where sending fails.
//! - More batches travel at the same time as long as that does not make round trips much longer:
//!   when they become longer, batches queue somewhere, and one more only makes the queue longer.

use std::time::Duration;

const SMALLEST_BATCH: u64 = 16 * 1024;
/// Where measurements on a quick line found no gain from more.
const START_BATCH: u64 = 256 * 1024;
const LARGEST_BATCH: u64 = 1024 * 1024;

/// Objects in one batch; a single chunk may hold more.
const BATCH_OBJECTS: u64 = 5_000;

const START_IN_FLIGHT: usize = 2;
const MOST_IN_FLIGHT: usize = 4;

/// A round trip that is shorter leaves nothing to gain from larger batches.
const QUICK: Duration = Duration::from_millis(50);
/// A batch that is answered within this time may grow.
const COMFORTABLE: Duration = Duration::from_secs(1);
/// A batch that takes longer was too large: a failure would throw away too much.
const SLUGGISH: Duration = Duration::from_secs(4);

/// How much one batch may carry. A single chunk may be more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) bytes: u64,
    pub(super) objects: u64,
}

/// The measured line.
#[derive(Debug)]
pub(super) struct Pace {
    batch_bytes: u64,
    /// What the bandwidth cap of the owner leaves for one batch.
    ceiling: u64,
    in_flight: usize,
    most_in_flight: usize,
    /// The quickest round trip of a batch of the present size; ages, because lines change.
    quickest: Option<Duration>,
}

impl Pace {
    /// `is_ordered`: one batch after the other. `bytes_per_second`: the cap of the owner; a batch
    /// shall not take more than a second of it.
    pub(super) fn new(is_ordered: bool, bytes_per_second: Option<u64>) -> Self {
        let ceiling = bytes_per_second.map_or(LARGEST_BATCH, |cap| cap.min(LARGEST_BATCH));
        let most_in_flight = if is_ordered { 1 } else { MOST_IN_FLIGHT };
        Self {
            batch_bytes: START_BATCH,
            ceiling,
            in_flight: START_IN_FLIGHT.min(most_in_flight),
            most_in_flight,
            quickest: None,
        }
    }

    pub(super) fn limits(&self) -> Limits {
        Limits { bytes: self.batch_bytes.min(self.ceiling), objects: BATCH_OBJECTS }
    }

    pub(super) const fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// A batch of this size was answered.
    pub(super) fn answered(&mut self, bytes: u64, round_trip: Duration) {
        let quickest =
            self.quickest.map_or(round_trip, |known| known.mul_f64(1.02).min(round_trip));
        self.quickest = Some(quickest);
        // What a small batch takes says nothing about how a full one would do.
        let was_full = bytes >= self.limits().bytes / 2;
        if round_trip > SLUGGISH {
            self.resize(self.batch_bytes / 2);
        } else if was_full && (QUICK..COMFORTABLE).contains(&round_trip) {
            self.resize(self.batch_bytes * 2);
        }
        if round_trip > quickest * 4 {
            self.in_flight = (self.in_flight - 1).max(1);
        } else if was_full && round_trip < quickest * 2 {
            self.in_flight = (self.in_flight + 1).min(self.most_in_flight);
        }
    }

    /// Sending failed on the way.
    pub(super) fn failed(&mut self) {
        self.resize(self.batch_bytes / 2);
        self.in_flight = START_IN_FLIGHT.min(self.most_in_flight);
    }

    /// Makes batches smaller than one of this size, which the server found too large.
    pub(super) fn shrink_below(&mut self, bytes: u64) {
        self.ceiling = self.ceiling.min(bytes / 2).max(1);
    }

    fn resize(&mut self, bytes: u64) {
        let bytes = bytes.clamp(SMALLEST_BATCH, LARGEST_BATCH);
        if bytes != self.batch_bytes {
            self.batch_bytes = bytes;
            self.quickest = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_quick_line_gets_more_batches_at_a_time_and_not_larger_ones() {
        let mut pace = Pace::new(false, None);
        for _ in 0..10 {
            pace.answered(START_BATCH, millis(5));
        }
        assert_eq!((pace.limits().bytes, pace.in_flight()), (START_BATCH, MOST_IN_FLIGHT));
    }

    #[test]
    fn a_long_line_gets_larger_batches() {
        let mut pace = Pace::new(false, None);
        for _ in 0..10 {
            let bytes = pace.limits().bytes;
            pace.answered(bytes, millis(200));
        }
        assert_eq!(pace.limits().bytes, LARGEST_BATCH);
        assert_eq!(pace.in_flight(), MOST_IN_FLIGHT);
    }

    #[test]
    fn a_slow_line_gets_smaller_batches() {
        let mut pace = Pace::new(false, None);
        for _ in 0..10 {
            let bytes = pace.limits().bytes;
            pace.answered(bytes, Duration::from_secs(bytes / 4096));
        }
        assert_eq!(pace.limits().bytes, SMALLEST_BATCH);
    }

    #[test]
    fn a_queue_that_builds_up_takes_batches_off_the_line() {
        let mut pace = Pace::new(false, None);
        for _ in 0..10 {
            pace.answered(START_BATCH, millis(5));
        }
        for _ in 0..10 {
            pace.answered(START_BATCH, millis(40));
        }
        assert_eq!(pace.in_flight(), 1);
    }

    #[test]
    fn small_batches_change_nothing() {
        let mut pace = Pace::new(false, None);
        for _ in 0..10 {
            pace.answered(100, millis(200));
        }
        assert_eq!((pace.limits().bytes, pace.in_flight()), (START_BATCH, START_IN_FLIGHT));
    }

    #[test]
    fn a_capped_line_carries_at_most_a_second_at_a_time() {
        assert_eq!(Pace::new(false, Some(10_000)).limits().bytes, 10_000);
    }

    #[test]
    fn a_server_that_finds_a_batch_too_large_gets_smaller_ones_for_good() {
        let mut pace = Pace::new(false, None);
        pace.shrink_below(100_000);
        for _ in 0..10 {
            pace.answered(50_000, millis(200));
        }
        assert_eq!(pace.limits().bytes, 50_000);
    }

    proptest! {
        #[test]
        fn whatever_is_measured_something_can_be_sent(
            ordered: bool,
            measured in prop::collection::vec((0_u64..2_000_000, 0_u64..20_000, 0_u8..8), 0..64),
        ) {
            let mut pace = Pace::new(ordered, None);
            for (bytes, round_trip, what) in measured {
                match what {
                    0 => pace.failed(),
                    1 => pace.shrink_below(bytes),
                    _ => pace.answered(bytes, millis(round_trip)),
                }
                prop_assert!(pace.limits().bytes >= 1);
                prop_assert!(pace.limits().bytes <= LARGEST_BATCH);
                let most = if ordered { 1 } else { MOST_IN_FLIGHT };
                prop_assert!((1..=most).contains(&pace.in_flight()));
            }
        }
    }
}
