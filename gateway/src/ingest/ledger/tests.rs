use std::{sync::Arc, time::Duration};

use asymmetric_protocol::{ClientFileId, SequenceNumber};
use tokio::time::advance;

use super::{ClaimError, Known, Ledger};
use crate::{EmbeddedStore, store::Records};

const STRAGGLE: Duration = Duration::from_secs(60);
const CLIENT: ClientFileId = ClientFileId::from_bytes([3; 12]);

/// Two gateways on one store.
struct World {
    first: Ledger,
    second: Ledger,
    _directory: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Arc::new(EmbeddedStore::open(directory.path()).await.unwrap());
        // Opening waits for a thread, during which a paused clock would run off.
        tokio::time::pause();
        let ledger = || Ledger::new(Records::new(store.clone()), STRAGGLE);
        Self { first: ledger(), second: ledger(), _directory: directory }
    }
}

fn sequences(numbers: std::ops::RangeInclusive<u64>) -> Vec<SequenceNumber> {
    numbers.map(SequenceNumber::new).collect()
}

fn contended<T: std::fmt::Debug>(result: Result<T, ClaimError>) -> Duration {
    match result {
        Err(ClaimError::Contended { retry_after }) => retry_after,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_settled_is_known_to_every_gateway() {
    let world = World::new().await;
    let mut claim = world.first.claim(CLIENT, &sequences(1..=3)).await.unwrap();
    assert_eq!(claim.known(SequenceNumber::new(2)), Known::New);
    claim.inserting();
    claim.settle(&[SequenceNumber::new(3)]).await.unwrap();

    let claim = world.second.claim(CLIENT, &sequences(1..=4)).await.unwrap();
    let known: Vec<_> = sequences(1..=4).into_iter().map(|n| claim.known(n)).collect();
    assert_eq!(known, [Known::Integrated, Known::Integrated, Known::Rejected, Known::New]);
}

#[tokio::test]
async fn of_two_gateways_that_race_for_a_client_file_one_gives_up() {
    let world = World::new().await;
    let mut slow = world.first.claim(CLIENT, &sequences(1..=3)).await.unwrap();
    slow.inserting();

    // The other one waits as long as the inserts of the first may take effect,
    assert_eq!(contended(world.second.claim(CLIENT, &sequences(1..=3)).await), STRAGGLE);
    advance(STRAGGLE / 2).await;
    assert_eq!(contended(world.second.claim(CLIENT, &sequences(1..=3)).await), STRAGGLE / 2);
    // also for a part of them, but not for what is new.
    assert_eq!(contended(world.second.claim(CLIENT, &sequences(3..=5)).await), STRAGGLE / 2);
    drop(world.second.claim(CLIENT, &sequences(4..=5)).await.unwrap());

    advance(STRAGGLE / 2).await;
    let mut other = world.second.claim(CLIENT, &sequences(1..=3)).await.unwrap();
    assert_eq!(other.known(SequenceNumber::new(2)), Known::Doubtful);
    other.inserting();
    // From now on the first one may say nothing about them.
    contended(slow.settle(&[]).await);
    other.settle(&[]).await.unwrap();
}

#[tokio::test]
async fn one_attempt_at_a_time_within_a_gateway() {
    let world = World::new().await;
    let claim = world.first.claim(CLIENT, &sequences(1..=3)).await.unwrap();
    contended(world.first.claim(CLIENT, &sequences(1..=3)).await);
    // Nothing was inserted, so there is nothing to wait for.
    drop(claim);
    let mut claim = world.first.claim(CLIENT, &sequences(1..=3)).await.unwrap();
    claim.inserting();
    drop(claim);
    assert_eq!(contended(world.first.claim(CLIENT, &sequences(1..=3)).await), STRAGGLE);
    advance(STRAGGLE).await;
    world.first.claim(CLIENT, &sequences(1..=3)).await.unwrap();
}

#[tokio::test]
async fn a_later_batch_settles_nothing_of_an_earlier_one() {
    let world = World::new().await;
    let mut lost = world.first.claim(CLIENT, &sequences(1..=3)).await.unwrap();
    lost.inserting();
    drop(lost);
    let mut later = world.first.claim(CLIENT, &sequences(4..=6)).await.unwrap();
    later.inserting();
    later.settle(&[]).await.unwrap();
    advance(STRAGGLE).await;
    let claim = world.first.claim(CLIENT, &sequences(1..=6)).await.unwrap();
    assert_eq!(claim.known(SequenceNumber::new(3)), Known::Doubtful);
    assert_eq!(claim.known(SequenceNumber::new(4)), Known::Integrated);
}
