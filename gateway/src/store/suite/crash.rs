//! The embedded store on a disk that stops at any moment, or is full.

use std::{
    collections::BTreeSet,
    io,
    sync::{Arc, Mutex},
};

use bson::rawdoc;
use futures_util::TryStreamExt;
use redb::StorageBackend;

use super::{insert, namespace, outcomes};
use crate::store::{EmbeddedStore, Outcome, Store, StoreError};

/// What was done to the disk.
#[derive(Clone, Debug)]
enum Operation {
    Write(u64, Vec<u8>),
    SetLength(u64),
    Sync,
}

/// A disk that remembers how it came to be what it is.
#[derive(Clone, Debug, Default)]
struct Disk {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    image: Vec<u8>,
    log: Vec<Operation>,
    /// How many bytes there is room for.
    capacity: Option<u64>,
}

impl State {
    fn apply(&mut self, operation: Operation) {
        match &operation {
            Operation::Write(offset, data) => {
                let start = usize::try_from(*offset).unwrap();
                self.image[start..start + data.len()].copy_from_slice(data);
            }
            Operation::SetLength(length) => self.image.resize(usize::try_from(*length).unwrap(), 0),
            Operation::Sync => {}
        }
        self.log.push(operation);
    }
}

impl Disk {
    /// The disk after these operations.
    fn after<'a>(operations: impl IntoIterator<Item = &'a Operation>) -> Self {
        let mut state = State::default();
        for operation in operations {
            // A write behind the end, whose extension was lost, makes the file grow.
            if let Operation::Write(offset, data) = operation {
                let end = usize::try_from(*offset).unwrap() + data.len();
                state.image.resize(state.image.len().max(end), 0);
            }
            state.apply(operation.clone());
        }
        Self { state: Arc::new(Mutex::new(state)) }
    }

    fn operations(&self) -> Vec<Operation> {
        self.state.lock().unwrap().log.clone()
    }

    fn len_of_log(&self) -> usize {
        self.state.lock().unwrap().log.len()
    }

    /// Leaves no room for more, or as much as is wanted.
    fn fill(&self, full: bool) {
        let mut state = self.state.lock().unwrap();
        state.capacity = full.then(|| state.image.len() as u64);
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.state.lock().unwrap().image.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.state.lock().unwrap();
        let start = usize::try_from(offset).unwrap();
        let bytes = state.image.get(start..start + out.len());
        out.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let mut state = self.state.lock().unwrap();
        if state.capacity.is_some_and(|capacity| length > capacity) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        state.apply(Operation::SetLength(length));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.state.lock().unwrap().apply(Operation::Sync);
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.state.lock().unwrap().apply(Operation::Write(offset, data.to_vec()));
        Ok(())
    }
}

const COMMITS: i32 = 8;
const EACH: i32 = 20;

/// Writes several commits.
struct Written {
    operations: Vec<Operation>,
    /// How much was done to the disk when the file was made.
    made: usize,
    /// And when each of the commits was answered.
    answered: Vec<usize>,
}

async fn written() -> Written {
    let disk = Disk::default();
    let store = EmbeddedStore::open_on(disk.clone()).await.unwrap();
    let made = disk.len_of_log();
    let mut answered = Vec::new();
    for commit in 0..COMMITS {
        let documents =
            (0..EACH).map(|n| rawdoc! { "_id": commit * EACH + n, "text": "x".repeat(300) });
        outcomes(&store, insert("readings", documents)).await;
        answered.push(disk.len_of_log());
    }
    Written { operations: disk.operations(), made, answered }
}

/// Opens what the crash left, and looks for everything that was answered before.
async fn check(disk: Disk, answered: usize, about: &str) {
    let store = EmbeddedStore::open_on(disk).await.unwrap_or_else(|error| {
        panic!("{about}: {error:?}");
    });
    let readings = namespace("readings");
    let documents: Vec<_> = store.find(&readings).try_collect().await.unwrap();
    let found: BTreeSet<_> = documents.iter().map(|found| found.get_i32("_id").unwrap()).collect();
    let count = store.count(&readings).await.unwrap();
    assert_eq!(count, found.len() as u64, "{about}: the count is that of the documents");
    let whole = found.len() / usize::try_from(EACH).unwrap();
    assert!(
        found.iter().copied().eq(0..i32::try_from(whole).unwrap() * EACH),
        "{about}: {found:?}"
    );
    assert!(whole >= answered, "{about}: {whole} commits of {answered} that were answered");
    // And it goes on.
    let again = outcomes(&store, insert("readings", [rawdoc! { "_id": 0 }])).await;
    let expected = if whole > 0 { Outcome::AlreadyThere } else { Outcome::Inserted };
    assert_eq!(again, [expected], "{about}");
}

#[tokio::test]
async fn a_kill_inside_a_commit_loses_nothing_that_was_answered() {
    let Written { operations, made, answered } = written().await;
    for end in made..=operations.len() {
        let before = answered.iter().filter(|answered| **answered <= end).count();
        let disk = Disk::after(&operations[..end]);
        check(disk, before, &format!("killed after operation {end}")).await;
    }
}

/// Of what was not flushed, any part may have reached the disk.
#[tokio::test]
async fn a_power_cut_inside_a_commit_loses_nothing_that_was_answered() {
    let Written { operations, made, answered } = written().await;
    let mut dice = 0x9e37_79b9_7f4a_7c15_u64;
    for end in made..=operations.len() {
        let before = answered.iter().filter(|answered| **answered <= end).count();
        let is_sync = |operation: &Operation| matches!(operation, Operation::Sync);
        let flushed = operations[..end].iter().rposition(is_sync).map_or(0, |sync| sync + 1);
        let (kept, torn) = operations[..end].split_at(flushed);
        let survives = |_: &&Operation| {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            dice.is_multiple_of(2)
        };
        let survivors: Vec<_> = torn.iter().filter(survives).collect();
        let disk = Disk::after(kept.iter().chain(survivors));
        check(disk, before, &format!("power cut after operation {end}")).await;
    }
}

#[tokio::test]
async fn a_full_disk_is_trouble_of_the_store_and_loses_nothing() {
    let disk = Disk::default();
    let store = EmbeddedStore::open_on(disk.clone()).await.unwrap();
    outcomes(&store, insert("readings", [rawdoc! { "_id": 1 }])).await;
    disk.fill(true);
    let large =
        || insert("readings", (10..40).map(|id| rawdoc! { "_id": id, "t": "x".repeat(200_000) }));
    let failed = store.insert(vec![large()]).await.remove(0);
    assert!(failed.outcomes.iter().all(|outcome| *outcome == Outcome::Unknown), "{failed:?}");
    assert!(matches!(failed.error, Some(StoreError::Embedded(_))));
    // It refuses work, and says so to whoever asks whether it is ready.
    assert!(store.ping().await.is_err());
    drop(store);

    disk.fill(false);
    let store = EmbeddedStore::open_on(disk).await.unwrap();
    assert_eq!(store.count(&namespace("readings")).await.unwrap(), 1);
    assert!(outcomes(&store, large()).await.iter().all(|outcome| *outcome == Outcome::Inserted));
}
