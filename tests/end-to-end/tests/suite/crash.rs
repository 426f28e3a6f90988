//! Devices that lose power: the writing process is killed at moments of chance.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use asymmetric_testkit::soak_duration;

use crate::support::{Backend, PATIENCE, Site, document};

const ROUNDS: u64 = 12;

#[tokio::test(flavor = "multi_thread")]
async fn whatever_was_written_before_a_kill_is_stored_exactly_once() {
    let backend = Backend::embedded().await;
    let site = Site::up(&backend).await;
    let mut reported = BTreeSet::new();
    for round in 0..ROUNDS {
        let (path, address) = (site.realm_path(), site.address);
        // How many reports until the kill: few and many, differently in each round.
        let reports = usize::try_from(1 + round * round * 7 % 61).unwrap();
        let killed =
            tokio::task::spawn_blocking(move || write_until_killed(&path, address, round, reports));
        reported.extend(killed.await.unwrap());
    }

    // The device comes back for good, and writes nothing more.
    let realm = site.realm();
    realm.sync_session().wait_for_upload(PATIENCE).await.unwrap();
    assert_eq!(realm.sync_session().progress().pending_objects(), 0);

    let mut stored = BTreeSet::new();
    for found in backend.documents("e2e", "counted").await {
        let number = found.get_i64("_id").unwrap();
        assert_eq!(found, document(number));
        assert!(stored.insert(number), "{number} is stored twice");
    }
    let missing: Vec<_> = reported.difference(&stored).collect();
    assert!(missing.is_empty(), "reported as durable, but not stored: {missing:?}");
    assert!(reported.len() > 500, "the writers were killed too early: {}", reported.len());
}

#[test]
fn soak_a_killed_device_holds_all_it_reported_and_no_part_of_a_transaction() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("killed.realm");
    // Nobody listens there: nothing leaves the device.
    let nowhere = "127.0.0.1:9".parse().unwrap();
    let mut reported = BTreeSet::new();
    let deadline = Instant::now() + soak_duration();
    for round in 0.. {
        if round > 2 && Instant::now() > deadline {
            break;
        }
        let reports = usize::try_from(1 + round * round * 13 % 97).unwrap();
        reported.extend(write_until_killed(&path, nowhere, round, reports));
        let stored = judge(&path);
        let missing: Vec<_> = reported.difference(&stored).collect();
        assert!(missing.is_empty(), "round {round}: reported, but not stored: {missing:?}");
        assert_no_part_of_a_transaction(&stored);
    }
}

/// What a process of its own finds in the file.
fn judge(path: &Path) -> BTreeSet<i64> {
    let judged = Command::new(env!("CARGO_BIN_EXE_judge")).arg(path).output().unwrap();
    assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stderr));
    let numbers = String::from_utf8(judged.stdout).unwrap();
    let all: Vec<i64> = numbers.lines().map(|number| number.parse().unwrap()).collect();
    let stored: BTreeSet<_> = all.iter().copied().collect();
    assert_eq!(stored.len(), all.len(), "an object is stored twice");
    stored
}

/// Each thread of a writer writes 1, 2, 3, … 20, 1, 2, … objects in a transaction, one after the
/// other: what there is of it has to end where a transaction ends.
fn assert_no_part_of_a_transaction(stored: &BTreeSet<i64>) {
    const NUMBERS_OF_A_THREAD: i64 = 10_000_000;
    let mut threads = BTreeMap::<i64, Vec<i64>>::new();
    for number in stored {
        threads.entry(number / NUMBERS_OF_A_THREAD).or_default().push(*number);
    }
    for (thread, numbers) in threads {
        let first = thread * NUMBERS_OF_A_THREAD;
        let end = first + i64::try_from(numbers.len()).unwrap();
        assert!(numbers.into_iter().eq(first..end), "thread {thread} has a gap");
        let mut ends = (1..=20).cycle().scan(first, |end, size| {
            *end += size;
            Some(*end)
        });
        assert_eq!(ends.find(|at| *at >= end), Some(end), "thread {thread}: part of a transaction");
    }
}

/// Runs a writer, kills it after some reports, and answers every number it reported as written.
fn write_until_killed(
    path: &Path,
    address: SocketAddr,
    round: u64,
    reports: usize,
) -> BTreeSet<i64> {
    let mut writer = Command::new(env!("CARGO_BIN_EXE_writer"))
        .args([path.as_os_str(), address.to_string().as_ref(), round.to_string().as_ref()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines();
    let mut written = BTreeSet::new();
    let mut report = |line: &str| {
        let mut numbers = line
            .trim_end_matches('.')
            .split_whitespace()
            .map(|number| number.parse::<i64>().unwrap());
        let (first, last) = (numbers.next().unwrap(), numbers.next().unwrap());
        written.extend(first..=last);
    };
    for _ in 0..reports {
        report(&lines.next().expect("the writer writes until it is killed").unwrap());
    }
    writer.kill().unwrap();
    writer.wait().unwrap();
    // What it reported before it died is still in the pipe. The kill may have cut the last line.
    for line in lines.map_while(Result::ok).filter(|line| line.ends_with('.')) {
        report(&line);
    }
    written
}
