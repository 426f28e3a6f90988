//! Slowing down those who guess.
//!
//! Only failures count, so those who know their password never wait. An account and an address have
//! a bucket each; who finds one empty is told when to come back. Buckets live in this process: with
//! several gateways on one store, each counts for itself.

use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use bson::oid::ObjectId;
use tokio::time::Instant;

/// Failures that are free, and how long it takes until one more is.
#[derive(Clone, Copy, Debug)]
struct Limit {
    burst: u32,
    refill: Duration,
}

/// Guessing one password.
const ACCOUNT: Limit = Limit { burst: 10, refill: Duration::from_secs(30) };
/// Guessing many. Addresses may be shared by many people.
const ADDRESS: Limit = Limit { burst: 100, refill: Duration::from_secs(1) };
/// Buckets of one kind, so that memory is bounded.
const MAX_BUCKETS: usize = 65_536;

/// Counts failures by account and by address.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    accounts: Mutex<Buckets<(ObjectId, String)>>,
    addresses: Mutex<Buckets<IpAddr>>,
}

/// Who tries.
#[derive(Clone, Debug)]
pub(crate) struct Attempt<'a> {
    pub(crate) domain_id: ObjectId,
    /// Unknown where the credential names none.
    pub(crate) account: Option<&'a str>,
    /// Unknown where there is no socket.
    pub(crate) address: Option<IpAddr>,
}

impl Throttle {
    /// How long this has to wait before it is tried, if it has to.
    pub(crate) fn wait(&self, attempt: &Attempt<'_>) -> Option<Duration> {
        let account = attempt.account_key();
        let account = account.and_then(|key| lock(&self.accounts).wait(&key, ACCOUNT));
        let address =
            attempt.address.and_then(|ip| lock(&self.addresses).wait(&network(ip), ADDRESS));
        account.max(address)
    }

    /// Notes a failure.
    pub(crate) fn failed(&self, attempt: &Attempt<'_>) {
        if let Some(account) = attempt.account_key() {
            lock(&self.accounts).take(account, ACCOUNT);
        }
        if let Some(address) = attempt.address {
            lock(&self.addresses).take(network(address), ADDRESS);
        }
    }

    /// Forgets the failures of an account, whose owner has come.
    pub(crate) fn succeeded(&self, attempt: &Attempt<'_>) {
        if let Some(account) = attempt.account_key() {
            lock(&self.accounts).0.remove(&account);
        }
    }
}

impl Attempt<'_> {
    fn account_key(&self) -> Option<(ObjectId, String)> {
        Some((self.domain_id, self.account?.to_owned()))
    }
}

/// One household has one IPv4 address, but 2^64 of version 6.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            std::net::Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// When each bucket will be full again. One that is full need not be remembered.
#[derive(Debug)]
struct Buckets<K>(HashMap<K, Instant>);

impl<K> Default for Buckets<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash + Clone> Buckets<K> {
    fn wait(&self, key: &K, limit: Limit) -> Option<Duration> {
        let missing = self.0.get(key)?.saturating_duration_since(Instant::now());
        let capacity = limit.refill * limit.burst;
        // Room for one more failure is needed.
        let wait = (missing + limit.refill).saturating_sub(capacity);
        (wait > Duration::ZERO).then_some(wait)
    }

    fn take(&mut self, key: K, limit: Limit) {
        let now = Instant::now();
        if self.0.len() >= MAX_BUCKETS && !self.0.contains_key(&key) {
            self.0.retain(|_, full| *full > now);
            if self.0.len() >= MAX_BUCKETS {
                // The one that is nearest to full forgets least.
                let nearest = self.0.iter().min_by_key(|(_, full)| **full);
                if let Some(nearest) = nearest.map(|(key, _)| key.clone()) {
                    self.0.remove(&nearest);
                }
            }
        }
        let full = self.0.entry(key).or_insert(now);
        *full = (*full).max(now) + limit.refill;
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    fn attempt(account: &str, address: [u8; 4]) -> Attempt<'_> {
        let domain_id = ObjectId::from_bytes([1; 12]);
        Attempt { domain_id, account: Some(account), address: Some(address.into()) }
    }

    #[tokio::test(start_paused = true)]
    async fn an_account_waits_after_its_failures_and_only_then() {
        let throttle = Throttle::default();
        let guess = attempt("a@b.c", [10, 0, 0, 1]);
        for _ in 0..ACCOUNT.burst {
            assert_eq!(throttle.wait(&guess), None);
            throttle.failed(&guess);
        }
        assert_eq!(throttle.wait(&guess), Some(ACCOUNT.refill));
        let elsewhere = attempt("a@b.c", [10, 0, 0, 2]);
        assert_eq!(throttle.wait(&elsewhere), Some(ACCOUNT.refill), "from whatever address");
        assert_eq!(throttle.wait(&attempt("other@b.c", [10, 0, 0, 1])), None);
        advance(ACCOUNT.refill).await;
        assert_eq!(throttle.wait(&guess), None);
        throttle.failed(&guess);
        assert!(throttle.wait(&guess).is_some());
        throttle.succeeded(&guess);
        assert_eq!(throttle.wait(&guess), None);
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_waits_whatever_the_accounts_it_tries() {
        let throttle = Throttle::default();
        let accounts: Vec<_> = (0..ADDRESS.burst).map(|n| format!("{n}@b.c")).collect();
        for account in &accounts {
            throttle.failed(&attempt(account, [10, 0, 0, 1]));
        }
        assert_eq!(throttle.wait(&attempt("new@b.c", [10, 0, 0, 1])), Some(ADDRESS.refill));
        assert_eq!(throttle.wait(&attempt("new@b.c", [10, 0, 0, 2])), None);
        let six = |last| IpAddr::from([0x2001, 0xdb8, 1, 2, 0, 0, 0, last]);
        assert_eq!(network(six(1)), network(six(2)));
    }

    #[tokio::test(start_paused = true)]
    async fn the_number_of_buckets_is_bounded() {
        let mut buckets = Buckets::default();
        for key in 0..MAX_BUCKETS + 10 {
            buckets.take(key, ACCOUNT);
        }
        assert_eq!(buckets.0.len(), MAX_BUCKETS);
        advance(ACCOUNT.refill * 2).await;
        buckets.take(MAX_BUCKETS + 11, ACCOUNT);
        assert_eq!(buckets.0.len(), 1, "full buckets are forgotten first");
    }
}
