//! How many bytes of batches the gateway holds in memory at once.

use std::{
    array,
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use bson::oid::ObjectId;
use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::ApiError;

/// Most bytes in flight.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) all: usize,
    /// Of one app.
    pub(crate) app: usize,
    /// Of one user of an app.
    pub(crate) client: usize,
}

/// Budgets of bytes: one that all requests share, and within it one for each app and each client,
/// so that none of them can use up what the others need. Whoever does not get enough is told to come
/// back: waiting here would hold the memory that the others need.
#[derive(Clone, Debug)]
pub(crate) struct InFlight {
    all: Arc<Semaphore>,
    total: usize,
    apps: Arc<Shares>,
    clients: Arc<Shares>,
}

/// A budget of the same size for each of many.
#[derive(Debug)]
struct Shares {
    bytes: usize,
    /// Those in use, and some that were.
    known: Mutex<HashMap<ObjectId, Weak<Semaphore>>>,
}

impl InFlight {
    pub(crate) fn new(limits: Limits) -> Self {
        let Limits { all, app, client } = limits;
        Self {
            all: Arc::new(budget(all)),
            total: all.min(Semaphore::MAX_PERMITS),
            apps: Arc::new(Shares { bytes: app, known: Mutex::default() }),
            clients: Arc::new(Shares { bytes: client, known: Mutex::default() }),
        }
    }

    /// A share of so many bytes, for as long as the answer lives.
    pub(crate) fn reserve(
        &self,
        app: ObjectId,
        client: ObjectId,
        bytes: usize,
    ) -> Result<impl Send + use<>, ApiError> {
        let mut reservation = self.reservation(app, client);
        reservation.grow_to(bytes)?;
        Ok(reservation)
    }

    /// How many bytes are in flight now.
    pub(crate) fn bytes(&self) -> usize {
        self.total.saturating_sub(self.all.available_permits())
    }

    /// A share of nothing, to grow.
    pub(crate) fn reservation(&self, app: ObjectId, client: ObjectId) -> Reservation {
        let budgets =
            [self.clients.budget_of(client), self.apps.budget_of(app), Arc::clone(&self.all)];
        Reservation { budgets, permits: [None, None, None] }
    }
}

fn budget(bytes: usize) -> Semaphore {
    Semaphore::new(bytes.min(Semaphore::MAX_PERMITS))
}

impl Shares {
    fn budget_of(&self, whose: ObjectId) -> Arc<Semaphore> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(budget) = known.get(&whose).and_then(Weak::upgrade) {
            return budget;
        }
        // Before the map would grow, what nobody uses any more is dropped.
        if known.len() == known.capacity() {
            known.retain(|_, budget| budget.strong_count() > 0);
        }
        let budget = Arc::new(budget(self.bytes));
        known.insert(whose, Arc::downgrade(&budget));
        budget
    }
}

/// Bytes of one request. Given back when dropped.
#[derive(Debug)]
pub(crate) struct Reservation {
    budgets: [Arc<Semaphore>; 3],
    permits: [Option<OwnedSemaphorePermit>; 3],
}

impl Reservation {
    /// Makes sure of at least so many bytes in all.
    pub(crate) fn grow_to(&mut self, bytes: usize) -> Result<(), ApiError> {
        let Some(missing) = bytes.checked_sub(self.held()).filter(|missing| *missing > 0) else {
            return Ok(());
        };
        let missing = u32::try_from(missing).map_err(|_| ApiError::Busy)?;
        let mut more = [None, None, None];
        for (more, budget) in more.iter_mut().zip(&self.budgets) {
            // Whatever was taken from the other budgets is given back.
            let taken = Arc::clone(budget).try_acquire_many_owned(missing);
            *more = Some(taken.map_err(|_| ApiError::Busy)?);
        }
        for (permit, more) in self.permits.iter_mut().zip(more) {
            match (permit, more) {
                (Some(permit), Some(more)) => permit.merge(more),
                (none, more) => *none = more,
            }
        }
        Ok(())
    }

    /// One of its own for so many bytes more.
    pub(super) fn another(&self, bytes: usize) -> Result<Self, ApiError> {
        let mut other = Self { budgets: self.budgets.clone(), permits: array::from_fn(|_| None) };
        other.grow_to(bytes)?;
        Ok(other)
    }

    /// Adds so many bytes.
    pub(super) fn grow_by(&mut self, bytes: usize) -> Result<(), ApiError> {
        self.grow_to(self.held().saturating_add(bytes))
    }

    /// Ties the reservation to the bytes it was made for: it is given back when the last slice of
    /// them is dropped, even if the request ends before.
    pub(super) fn hold(self, bytes: Bytes) -> Bytes {
        Bytes::from_owner(Held { bytes, _reservation: self })
    }

    /// The same from every budget.
    fn held(&self) -> usize {
        let [permit, ..] = &self.permits;
        permit.as_ref().map_or(0, OwnedSemaphorePermit::num_permits)
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
impl InFlight {
    /// A reservation from a budget of so many bytes.
    pub(super) fn only(bytes: usize) -> Reservation {
        let limits = Limits { all: bytes, app: bytes, client: bytes };
        Self::new(limits).reservation(ObjectId::new(), ObjectId::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const APPS: [ObjectId; 2] = [ObjectId::from_bytes([1; 12]), ObjectId::from_bytes([2; 12])];
    const CLIENTS: [ObjectId; 2] = [ObjectId::from_bytes([3; 12]), ObjectId::from_bytes([4; 12])];

    fn in_flight() -> InFlight {
        InFlight::new(Limits { all: 100, app: 80, client: 50 })
    }

    #[test]
    fn bytes_above_the_budget_are_refused_and_come_back_when_dropped() {
        let in_flight = in_flight();
        let mut first = in_flight.reservation(APPS[0], CLIENTS[0]);
        first.grow_to(40).unwrap();
        first.grow_to(30).unwrap();
        assert!(matches!(first.grow_to(51), Err(ApiError::Busy)), "more than one client may have");
        first.grow_to(50).unwrap();

        let mut second = in_flight.reservation(APPS[0], CLIENTS[1]);
        assert!(matches!(second.grow_to(31), Err(ApiError::Busy)), "more than one app may have");
        second.grow_to(30).unwrap();

        let mut third = in_flight.reservation(APPS[1], CLIENTS[1]);
        assert!(matches!(third.grow_to(20 + 1), Err(ApiError::Busy)), "more than there is");
        third.grow_to(20).unwrap();

        drop((second, third));
        let mut again = in_flight.reservation(APPS[0], CLIENTS[1]);
        again.grow_to(30).unwrap();
        drop((first, again));
        in_flight.reservation(APPS[0], CLIENTS[0]).grow_to(50).unwrap();
    }

    #[test]
    fn two_requests_of_one_client_share_its_budget() {
        let in_flight = in_flight();
        let mut first = in_flight.reservation(APPS[0], CLIENTS[0]);
        first.grow_to(30).unwrap();
        let mut second = in_flight.reservation(APPS[0], CLIENTS[0]);
        assert!(matches!(second.grow_to(21), Err(ApiError::Busy)));
        assert!(matches!(first.another(21), Err(ApiError::Busy)));
        second.grow_to(20).unwrap();
    }

    #[test]
    fn clients_that_are_gone_are_forgotten() {
        let in_flight = in_flight();
        for _ in 0..10_000 {
            in_flight.reservation(APPS[0], ObjectId::new()).grow_to(1).unwrap();
        }
        assert!(in_flight.clients.known.lock().unwrap().len() < 100);
    }

    #[test]
    fn held_bytes_are_given_back_with_their_last_slice() {
        let in_flight = in_flight();
        let mut reservation = in_flight.reservation(APPS[0], CLIENTS[0]);
        reservation.grow_to(50).unwrap();
        let bytes = reservation.hold(Bytes::from_static(b"document"));
        let slice = bytes.slice(2..4);
        drop(bytes);
        let mut other = in_flight.reservation(APPS[0], CLIENTS[0]);
        assert!(matches!(other.grow_to(1), Err(ApiError::Busy)));
        drop(slice);
        other.grow_to(50).unwrap();
    }
}
