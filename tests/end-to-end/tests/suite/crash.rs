//! Devices that lose power: the writing process is killed at moments of chance.

use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Command, Stdio},
};

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
