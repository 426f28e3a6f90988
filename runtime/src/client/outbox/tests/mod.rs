use std::{
    convert::Infallible,
    io,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{
        Arc, Barrier,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};

use asymmetric_protocol::{
    SequenceNumber,
    ack::RejectionCode,
    chunk::{Chunk, Objects},
};
use asymmetric_schema::{ObjectSchema, PropertySchema, PropertyType, RealmSchema};
use bson::{Document, doc};
use redb::{
    Database, ReadableDatabase as _, ReadableTable as _, StorageBackend, backends::InMemoryBackend,
};
use tempfile::TempDir;

use super::*;

mod asynchronous;
mod buffered;
mod commits;
mod damage;
mod disk;
mod growth;
mod large;
mod limits;
mod receipts;

const READING_PROPERTIES: &[PropertySchema] = &[PropertySchema::new("_id", PropertyType::ObjectId)];
const CLASSES: &[ObjectSchema] = &[ObjectSchema::new("Reading", READING_PROPERTIES)];
pub(super) const SCHEMA: RealmSchema = RealmSchema::new(CLASSES);

/// A file in a directory of its own.
pub(super) struct Place {
    pub(super) directory: TempDir,
}

impl Place {
    pub(super) fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    pub(super) fn path(&self) -> PathBuf {
        self.directory.path().join("test.realm")
    }

    pub(super) fn open(&self) -> Outbox {
        Outbox::open(&self.path(), "app", &SCHEMA).unwrap()
    }
}

pub(super) fn objects(outbox: &Outbox, numbers: impl IntoIterator<Item = i64>) -> Objects {
    let mut objects = Objects::new();
    for number in numbers {
        let pushed = objects.push_with(outbox.identity().members[0], |out| {
            out.extend(doc! { "_id": number }.to_vec().unwrap());
            Ok::<_, Infallible>(())
        });
        assert!(pushed.is_ok());
    }
    objects
}

fn commit(outbox: &Outbox, numbers: impl IntoIterator<Item = i64>) -> Written {
    outbox.commit(&mut objects(outbox, numbers), Durability::Durable).unwrap()
}

pub(super) fn chunks(outbox: &Outbox) -> Vec<StoredChunk> {
    let mut chunks = Vec::new();
    let read = outbox.read_chunks(SequenceNumber::new(0), |chunk| {
        chunks.push(chunk);
        ControlFlow::Continue(())
    });
    read.unwrap();
    chunks
}

pub(super) fn stored(outbox: &Outbox) -> Vec<(u64, i64)> {
    let mut found = Vec::new();
    for chunk in chunks(outbox) {
        let parsed = Chunk::parse(&chunk.bytes).unwrap();
        let mut scratch = Vec::new();
        let documents = parsed.documents(&mut scratch).unwrap();
        for (sequence, (_, document)) in (chunk.first.get()..).zip(documents) {
            let document = Document::from_reader(document).unwrap();
            found.push((sequence, document.get_i64("_id").unwrap()));
        }
    }
    found
}

/// Rejects objects of one chunk, and settles all of it.
fn reject(outbox: &Outbox, objects: Vec<RejectedObject>) {
    let mut chunks = chunks(outbox).into_iter();
    let chunk = chunks.find(|chunk| chunk.sequences().any(|n| n == objects[0].sequence)).unwrap();
    let mut next = Some((chunk, objects));
    outbox.settle_rejected(|_| next.take()).unwrap();
}

#[test]
fn what_was_committed_is_there_after_reopening() {
    let place = Place::new();
    let client_file = {
        let outbox = place.open();
        assert_eq!(commit(&outbox, [10, 11]), SequenceNumber::new(1)..SequenceNumber::new(3));
        assert_eq!(commit(&outbox, [12]), SequenceNumber::new(3)..SequenceNumber::new(4));
        outbox.identity().client_file
    };
    let outbox = place.open();
    assert_eq!(outbox.identity().client_file, client_file);
    assert_eq!(stored(&outbox), [(1, 10), (2, 11), (3, 12)]);
    let progress = outbox.progress().borrow().clone();
    assert_eq!((progress.pending_objects(), progress.durable), (3, 0));
    assert_eq!(progress.pending_bytes(), 3 * doc! { "_id": 0_i64 }.to_vec().unwrap().len() as u64);
}

#[test]
fn a_commit_of_nothing_writes_nothing() {
    let place = Place::new();
    let outbox = place.open();
    let at = SequenceNumber::FIRST;
    assert_eq!(commit(&outbox, []), at..at);
    assert!(chunks(&outbox).is_empty());
}

#[test]
fn writers_of_many_threads_get_numbers_of_their_own() {
    let place = Place::new();
    let outbox = place.open();
    let written: Vec<Vec<(u64, i64)>> = thread::scope(|scope| {
        let writers: Vec<_> = (0..8_i64)
            .map(|writer| {
                let outbox = &outbox;
                scope.spawn(move || {
                    (0..50)
                        .flat_map(|n| {
                            let ids = [writer * 1000 + n * 2, writer * 1000 + n * 2 + 1];
                            let range = commit(outbox, ids);
                            (range.start.get()..range.end.get()).zip(ids)
                        })
                        .collect()
                })
            })
            .collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    });
    let mut expected: Vec<_> = written.into_iter().flatten().collect();
    expected.sort_unstable();
    assert_eq!(stored(&outbox), expected);
    assert_eq!(expected.len(), 800);
}

#[test]
fn settled_chunks_leave_in_order_with_the_next_commit() {
    let place = Place::new();
    let outbox = place.open();
    for number in 1..=3 {
        commit(&outbox, [number]);
    }
    let [first, second, _] = chunks(&outbox).try_into().unwrap();

    // The second is settled before the first: it stays, because a gap would hide the end.
    outbox.settle(&[second]);
    assert_eq!(outbox.progress().borrow().pending_objects(), 2);
    commit(&outbox, [4]);
    assert_eq!(stored(&outbox), [(1, 1), (2, 2), (3, 3), (4, 4)]);

    outbox.settle(&[first]);
    assert!(outbox.needs_flush());
    commit(&outbox, [5]);
    assert!(!outbox.needs_flush());
    assert_eq!(stored(&outbox), [(3, 3), (4, 4), (5, 5)]);
    assert_eq!(outbox.progress().borrow().acknowledged, 2);
}

#[test]
fn numbers_go_on_after_the_outbox_was_drained_and_reopened() {
    let place = Place::new();
    {
        let outbox = place.open();
        commit(&outbox, [1, 2]);
        outbox.settle(&chunks(&outbox));
        outbox.flush().unwrap();
        assert!(chunks(&outbox).is_empty());
    }
    let outbox = place.open();
    assert_eq!(outbox.progress().borrow().pending_objects(), 0);
    assert_eq!(commit(&outbox, [3]).start, SequenceNumber::new(3));
}

#[test]
fn what_was_settled_but_not_flushed_comes_back() {
    let place = Place::new();
    {
        let outbox = place.open();
        commit(&outbox, [1]);
        outbox.settle(&chunks(&outbox));
    }
    assert_eq!(stored(&place.open()), [(1, 1)]);
}

#[test]
fn rejected_objects_are_kept_with_their_reason() {
    let place = Place::new();
    let object = RejectedObject {
        sequence: SequenceNumber::new(1),
        class: "Reading".into(),
        code: RejectionCode::SchemaValidationFailed,
        reason: "too cold".into(),
        rejected_at: std::time::UNIX_EPOCH + std::time::Duration::from_millis(1_234),
        bson: doc! { "_id": 7_i64 }.to_vec().unwrap(),
        class_id: None,
    };
    {
        let outbox = place.open();
        commit(&outbox, [7]);
        reject(&outbox, vec![object.clone()]);
    }
    let outbox = place.open();
    assert!(chunks(&outbox).is_empty());
    assert_eq!(outbox.progress().borrow().rejected, 1);
    let rejected = outbox.rejected().unwrap();
    assert_eq!(rejected, [object]);
    assert_eq!(rejected[0].primary_key(), Some(7_i64.into()));
}

#[test]
fn a_file_that_is_open_is_not_opened_again() {
    let place = Place::new();
    let outbox = place.open();
    let again = Outbox::open(&place.path(), "app", &SCHEMA);
    assert!(matches!(again, Err(OpenError::AlreadyOpen { .. })), "{again:?}");
    drop(outbox);
    place.open();
}

/// Runs itself a second time: the child finds the file that the parent has open.
#[test]
fn a_file_that_another_process_has_open_is_not_opened() {
    const PATH: &str = "ASYMMETRIC_TEST_OUTBOX";
    if let Some(path) = std::env::var_os(PATH) {
        let again = Outbox::open(Path::new(&path), "app", &SCHEMA);
        assert!(matches!(again, Err(OpenError::AlreadyOpen { .. })), "{again:?}");
        println!("refused");
        return;
    }
    let place = Place::new();
    let outbox = place.open();
    commit(&outbox, [1]);
    let name = thread::current().name().unwrap().to_owned();
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &name, "--nocapture"])
        .env(PATH, place.path())
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && output.contains("refused"), "{output}");
    commit(&outbox, [2]);
    assert_eq!(stored(&outbox).len(), 2);
}

#[test]
fn a_truncated_file_is_told_and_left_alone() {
    let place = Place::new();
    commit(&place.open(), 0..10_000);
    let whole = std::fs::read(place.path()).unwrap();
    for length in [whole.len() / 2, 5_000, 100] {
        std::fs::write(place.path(), &whole[..length]).unwrap();
        let error = Outbox::open(&place.path(), "app", &SCHEMA).unwrap_err();
        assert!(matches!(error, OpenError::Corrupt { .. }), "{length}: {error:?}");
        assert!(error.to_string().contains("test.realm` is damaged"), "{error}");
        assert_eq!(std::fs::read(place.path()).unwrap(), whole[..length], "{length}");
    }
}

#[test]
fn the_file_of_another_app_is_refused_and_left_alone() {
    let place = Place::new();
    commit(&place.open(), [1]);
    let error = Outbox::open(&place.path(), "other", &SCHEMA).unwrap_err();
    assert!(error.to_string().contains("belongs to the app `app`, not to `other`"), "{error}");
    assert_eq!(stored(&place.open()), [(1, 1)]);
}

#[test]
fn a_directory_that_is_missing_is_told_and_not_made() {
    let place = Place::new();
    let path = place.path().with_file_name("missing").join("test.realm");
    let error = Outbox::open(&path, "app", &SCHEMA).unwrap_err();
    assert!(
        matches!(&error, OpenError::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    );
    assert_eq!(error.to_string(), format!("cannot open `{}`", path.display()));
    assert!(!path.parent().unwrap().exists());
}

#[test]
fn an_older_and_a_newer_format_are_refused() {
    let place = Place::new();
    drop(place.open());
    for format in [0_u32, 2] {
        let database = Database::open(place.path()).unwrap();
        let transaction = database.begin_write().unwrap();
        let mut table = transaction.open_table(meta::META).unwrap();
        table.insert(meta::FORMAT, format.to_le_bytes().as_slice()).unwrap();
        drop(table);
        transaction.commit().unwrap();
        drop(database);
        let error = Outbox::open(&place.path(), "app", &SCHEMA).unwrap_err().to_string();
        let expected = format!("has outbox format {format}; this library reads format 1");
        assert!(error.contains(&expected), "{error}");
    }
}

#[test]
fn a_damaged_row_is_told_and_nothing_is_changed() {
    for (name, damage) in [("client_file", 3), ("app", 1), ("session", 9), ("end", 0)] {
        let place = Place::new();
        let session = StoredSession {
            user_id: "u".into(),
            device_id: "d".into(),
            refresh_token: "secret".into(),
            provider: "anon-user".into(),
        };
        place.open().store_session(Some(&session)).unwrap();
        let damaged = {
            let database = Database::open(place.path()).unwrap();
            let transaction = database.begin_write().unwrap();
            let mut table = transaction.open_table(meta::META).unwrap();
            let mut row = table.get(name).unwrap().unwrap().value().to_vec();
            row[damage] ^= 4;
            table.insert(name, row.as_slice()).unwrap();
            drop(table);
            transaction.commit().unwrap();
            row
        };
        let error = Outbox::open(&place.path(), "app", &SCHEMA).unwrap_err();
        assert!(matches!(error, OpenError::Corrupt { .. }), "{name}: {error}");
        assert!(error.to_string().contains("a row of the table `meta`"), "{name}: {error}");
        assert!(!error.to_string().contains("secret"));

        let database = Database::open(place.path()).unwrap();
        let table = database.begin_read().unwrap();
        let table = table.open_table(meta::META).unwrap();
        assert_eq!(table.get(name).unwrap().unwrap().value(), damaged);
    }
}

#[test]
fn something_else_than_an_outbox_is_refused_and_left_alone() {
    let place = Place::new();
    std::fs::write(place.path(), b"precious notes, longer than any header that redb might read")
        .unwrap();
    let error = Outbox::open(&place.path(), "app", &SCHEMA).unwrap_err();
    assert!(matches!(error, OpenError::Corrupt { .. }), "{error}");
    let content = std::fs::read(place.path()).unwrap();
    assert!(content.starts_with(b"precious notes"));
}

#[test]
fn a_changed_class_gets_a_number_of_its_own_and_the_old_one_stays() {
    const CHANGED_PROPERTIES: &[PropertySchema] = &[
        PropertySchema::new("_id", PropertyType::ObjectId),
        PropertySchema::new("celsius", PropertyType::Double).optional(),
    ];
    const CHANGED_CLASSES: &[ObjectSchema] = &[ObjectSchema::new("Reading", CHANGED_PROPERTIES)];
    const CHANGED: RealmSchema = RealmSchema::new(CHANGED_CLASSES);

    let place = Place::new();
    let before = place.open().identity().clone();
    let after = Outbox::open(&place.path(), "app", &CHANGED).unwrap().identity().clone();
    assert_eq!((before.classes.len(), after.classes.len()), (1, 2));
    assert_eq!(after.classes[0], before.classes[0]);
    assert_ne!(after.members, before.members);

    let back = place.open().identity().clone();
    assert_eq!((back.classes, back.members), (after.classes, before.members));
}

#[test]
fn a_closed_outbox_refuses_writes() {
    let place = Place::new();
    let outbox = place.open();
    outbox.close().unwrap();
    let result = outbox.commit(&mut objects(&outbox, [1]), Durability::Durable);
    assert!(matches!(result, Err(CommitError::Closed)), "{result:?}");
}

#[test]
fn the_session_is_remembered() {
    let place = Place::new();
    let session = StoredSession {
        user_id: "u".into(),
        device_id: "d".into(),
        refresh_token: "secret".into(),
        provider: "anon-user".into(),
    };
    place.open().store_session(Some(&session)).unwrap();
    let outbox = place.open();
    assert_eq!(outbox.session().unwrap(), Some(session.clone()));
    assert!(!format!("{session:?}").contains("secret"));
    outbox.store_session(None).unwrap();
    assert_eq!(outbox.session().unwrap(), None);
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    drop(place.open());
    let mode = std::fs::metadata(place.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
