//! Random faults on real sockets, for as long as one asks.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use asymmetric::Realm;
use asymmetric_testkit::{Mode, TcpProxy, soak_duration};

use crate::support::{Backend, Counted, Counting, PATIENCE, Site, assert_counted, realm, user};

/// Numbers that differ from run to run; the seed is printed when a test fails.
struct Dice {
    seed: u64,
    rolls: u64,
}

impl Dice {
    fn new() -> Self {
        Self { seed: RandomState::new().hash_one(()), rolls: 0 }
    }

    fn roll(&mut self, below: u64) -> u64 {
        self.rolls += 1;
        // SplitMix64.
        let mut z = self.seed.wrapping_add(self.rolls.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }

    fn mode(&mut self) -> Mode {
        match self.roll(6) {
            0 => Mode::Delay(Duration::from_millis(self.roll(200))),
            1 => Mode::Throttle(20_000 + 1000 * u32::try_from(self.roll(500)).unwrap()),
            2 => Mode::Refuse,
            3 => Mode::DropAnswers,
            _ => Mode::Forward,
        }
    }
}

/// Writes transactions of different sizes until it is told to stop. Answers the number after the
/// last one written.
fn write_until(realm: &Realm<Counting>, stop: &AtomicBool, from: i64) -> i64 {
    let mut next = from;
    // Not more than the store of a debug build can take in meanwhile.
    while !stop.load(Ordering::Relaxed) && next - from < 20_000 {
        let count = 1 + next % 97;
        realm
            .write(|tx| (next..next + count).try_for_each(|n| tx.create(Counted::new(n))))
            .unwrap();
        next += count;
    }
    next
}

#[tokio::test(flavor = "multi_thread")]
async fn soak_random_faults_lose_and_double_nothing() {
    let backend = Backend::embedded().await;
    let mut site = Site::up(&backend).await;
    let proxy = TcpProxy::start(site.address).await.unwrap();
    let mut dice = Dice::new();
    println!("seed {}", dice.seed);
    let end = Instant::now() + soak_duration();
    let mut written = 0;
    let user = user(proxy.address());
    while Instant::now() < end {
        let realm = realm(&user, site.realm_path());
        let stop = Arc::new(AtomicBool::new(false));
        let writing = tokio::task::spawn_blocking({
            let (realm, stop) = (realm.clone(), Arc::clone(&stop));
            move || write_until(&realm, &stop, written)
        });
        for _ in 0..=dice.roll(20) {
            proxy.set(dice.mode());
            tokio::time::sleep(Duration::from_millis(dice.roll(300))).await;
            match dice.roll(12) {
                0..3 => proxy.cut(),
                3 => {
                    site.kill().await;
                    tokio::time::sleep(Duration::from_millis(dice.roll(100))).await;
                    site.start();
                }
                _ => {}
            }
        }
        // The realm is closed in the middle of whatever its upload is doing.
        stop.store(true, Ordering::Relaxed);
        written = writing.await.unwrap();
    }
    proxy.set(Mode::Forward);
    proxy.cut();
    let realm = realm(&user, site.realm_path());
    let wait = PATIENCE + Duration::from_secs(written.unsigned_abs() / 1000);
    realm.sync_session().wait_for_upload(wait).await.unwrap();
    assert_eq!(realm.sync_session().progress().rejected, 0);
    println!("{written} objects, {} duplicates recognised", site.gateway.counters().duplicates);
    assert_counted(&backend, 0..written).await;
}
