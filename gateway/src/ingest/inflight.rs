//! How many bytes of batches the gateway holds in memory at once.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::ApiError;

/// A budget of bytes that all requests share. Whoever does not get enough is told to come back:
/// waiting here would hold the memory that the others need.
#[derive(Clone, Debug)]
pub(crate) struct InFlight {
    bytes: Arc<Semaphore>,
}

impl InFlight {
    pub(crate) fn new(bytes: usize) -> Self {
        Self { bytes: Arc::new(Semaphore::new(bytes.min(Semaphore::MAX_PERMITS))) }
    }

    /// A share of nothing, to grow.
    pub(super) fn reservation(&self) -> Reservation {
        Reservation { budget: self.clone(), permit: None }
    }
}

/// Bytes of one request. Given back when dropped.
#[derive(Debug)]
pub(super) struct Reservation {
    budget: InFlight,
    permit: Option<OwnedSemaphorePermit>,
}

impl Reservation {
    /// Makes sure of at least so many bytes in all.
    pub(super) fn grow_to(&mut self, bytes: usize) -> Result<(), ApiError> {
        let held = self.permit.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let Some(missing) = bytes.checked_sub(held).filter(|missing| *missing > 0) else {
            return Ok(());
        };
        let missing = u32::try_from(missing).map_err(|_| ApiError::Busy)?;
        let more = Arc::clone(&self.budget.bytes).try_acquire_many_owned(missing);
        let more = more.map_err(|_| ApiError::Busy)?;
        match &mut self.permit {
            Some(permit) => permit.merge(more),
            none => *none = Some(more),
        }
        Ok(())
    }

    /// One of its own for so many bytes more.
    pub(super) fn another(&self, bytes: usize) -> Result<Self, ApiError> {
        let mut other = self.budget.reservation();
        other.grow_to(bytes)?;
        Ok(other)
    }

    /// Adds so many bytes.
    pub(super) fn grow_by(&mut self, bytes: usize) -> Result<(), ApiError> {
        let held = self.permit.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        self.grow_to(held.saturating_add(bytes))
    }

    /// Ties the reservation to the bytes it was made for: it is given back when the last slice of
    /// them is dropped, even if the request ends before.
    pub(super) fn hold(self, bytes: Bytes) -> Bytes {
        Bytes::from_owner(Held { bytes, _reservation: self })
    }
}

struct Held {
    bytes: Bytes,
    _reservation: Reservation,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_above_the_budget_are_refused_and_come_back_when_dropped() {
        let budget = InFlight::new(100);
        let mut first = budget.reservation();
        first.grow_to(40).unwrap();
        first.grow_to(30).unwrap();
        first.grow_to(60).unwrap();

        let mut second = budget.reservation();
        assert!(matches!(second.grow_to(41), Err(ApiError::Busy)));
        second.grow_to(40).unwrap();

        drop(first);
        second.grow_to(100).unwrap();
    }

    #[test]
    fn held_bytes_are_given_back_with_their_last_slice() {
        let budget = InFlight::new(100);
        let mut reservation = budget.reservation();
        reservation.grow_to(100).unwrap();
        let bytes = reservation.hold(Bytes::from_static(b"document"));
        let slice = bytes.slice(2..4);
        drop(bytes);
        assert!(matches!(budget.reservation().grow_to(1), Err(ApiError::Busy)));
        drop(slice);
        budget.reservation().grow_to(100).unwrap();
    }
}
