//! The bandwidth that the owner grants.

use std::{num::NonZeroU64, time::Duration};

use tokio::time::Instant;

/// Keeps the bytes that are sent below so many a second, on average.
///
/// A batch is sent as a whole and paid for afterwards: the next one waits until the time that the
/// last one was worth is over.
#[derive(Debug)]
pub(super) struct Cap {
    bytes_per_second: Option<NonZeroU64>,
    paid_at: Option<Instant>,
}

impl Cap {
    pub(super) const fn new(bytes_per_second: Option<NonZeroU64>) -> Self {
        Self { bytes_per_second, paid_at: None }
    }

    /// Bytes are on their way.
    pub(super) fn spend(&mut self, bytes: u64, now: Instant) {
        let Some(rate) = self.bytes_per_second else { return };
        let micros = bytes.saturating_mul(1_000_000) / rate;
        let from = self.paid_at.map_or(now, |paid| paid.max(now));
        self.paid_at = Some(from + Duration::from_micros(micros));
    }

    /// When the next batch may be sent; `None` means now.
    pub(super) fn waits_until(&self, now: Instant) -> Option<Instant> {
        self.paid_at.filter(|paid| *paid > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_paid_for_in_time() {
        let start = Instant::now();
        let mut cap = Cap::new(NonZeroU64::new(1000));
        assert_eq!(cap.waits_until(start), None);
        cap.spend(500, start);
        cap.spend(1500, start);
        assert_eq!(cap.waits_until(start), Some(start + Duration::from_secs(2)));
        let later = start + Duration::from_secs(2);
        assert_eq!(cap.waits_until(later), None);
        // Time in which nothing was sent cannot be saved up.
        let much_later = start + Duration::from_secs(100);
        cap.spend(1000, much_later);
        assert_eq!(cap.waits_until(much_later), Some(much_later + Duration::from_secs(1)));
    }

    #[test]
    fn without_a_cap_nothing_waits() {
        let mut cap = Cap::new(None);
        cap.spend(u64::MAX, Instant::now());
        assert_eq!(cap.waits_until(Instant::now()), None);
    }
}
