//! How long to wait after a failure.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

/// No delay grows from less.
const SHORTEST: Duration = Duration::from_millis(1);

/// Bounds of the delay between two attempts.
///
/// The delay doubles with each failure in a row, from the shortest to the longest; the wait is a
/// random part of it ("full jitter"), so that devices that lost the same server do not return in
/// step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryDelays {
    /// Delay after the first failure.
    shortest: Duration,
    /// No delay is longer.
    longest: Duration,
}

impl RetryDelays {
    /// Delays between these bounds; a `shortest` below a millisecond counts as one, or a server
    /// that is down would be asked without a pause, and a `longest` below `shortest` as equal to it.
    #[must_use]
    pub fn new(shortest: Duration, longest: Duration) -> Self {
        let shortest = shortest.max(SHORTEST);
        Self { shortest, longest: longest.max(shortest) }
    }
}

impl Default for RetryDelays {
    /// One second to five minutes, as the Realm SDKs.
    fn default() -> Self {
        Self::new(Duration::from_secs(1), Duration::from_secs(300))
    }
}

/// The failures in a row, and what they mean for the next attempt.
#[derive(Debug)]
pub(super) struct Backoff {
    delays: RetryDelays,
    failures: u32,
}

impl Backoff {
    pub(super) const fn new(delays: RetryDelays) -> Self {
        Self { delays, failures: 0 }
    }

    /// Something succeeded.
    pub(super) const fn reset(&mut self) {
        self.failures = 0;
    }

    /// The wait after one more failure; `random` is in `0.0..1.0`.
    pub(super) fn next(&mut self, random: f64) -> Duration {
        let wait = self.after(self.failures, random);
        self.failures = self.failures.saturating_add(1);
        wait
    }

    /// The wait after so many failures of something that fails alone; `random` is in `0.0..1.0`.
    pub(super) fn after(&self, failures: u32, random: f64) -> Duration {
        let delay = self.delays.shortest.saturating_mul(1 << failures.min(31));
        delay.min(self.delays.longest).mul_f64(random.clamp(0.0, 1.0))
    }

    /// The wait after a failure that time alone will not mend; `random` is in `0.0..1.0`.
    pub(super) fn longest(&self, random: f64) -> Duration {
        self.delays.longest.mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0)
    }
}

/// A number in `0.0..1.0`, different on every device and at every call.
#[expect(clippy::cast_precision_loss, reason = "53 bits are exactly what an f64 holds")]
pub(super) fn random() -> f64 {
    let bits = RandomState::new().hash_one(());
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn delays_double_up_to_the_longest_and_start_again_after_success() {
        let delays = RetryDelays::new(Duration::from_secs(1), Duration::from_secs(10));
        let mut backoff = Backoff::new(delays);
        let waits: Vec<_> = (0..6).map(|_| backoff.next(1.0).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 10, 10]);
        backoff.reset();
        assert_eq!(backoff.next(0.5), Duration::from_millis(500));
    }

    #[test]
    fn no_delays_at_all_cannot_be_chosen() {
        let mut backoff = Backoff::new(RetryDelays::new(Duration::ZERO, Duration::from_secs(60)));
        let waits: Vec<_> = (0..4).map(|_| backoff.next(1.0).as_millis()).collect();
        assert_eq!(waits, [1, 2, 4, 8]);
    }

    proptest! {
        #[test]
        fn no_wait_is_longer_than_the_longest(
            shortest in 0_u64..1_000_000_000,
            longest in 0_u64..1_000_000_000,
            failures in 0_u32..100,
            random in 0.0..1.0,
        ) {
            let delays =
                RetryDelays::new(Duration::from_millis(shortest), Duration::from_millis(longest));
            let mut backoff = Backoff::new(delays);
            for _ in 0..failures {
                prop_assert!(backoff.next(random) <= delays.longest);
            }
            prop_assert!(backoff.longest(random) <= delays.longest);
            prop_assert!(backoff.longest(random) >= delays.longest / 2);
        }
    }
}
