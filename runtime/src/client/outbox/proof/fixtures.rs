//! The stored files of every released format, which stay readable for ever.
//!
//! `UPDATE_EXPECT=1` makes those that are missing, and never changes one that is there: what an
//! older version of this library wrote cannot be written again. `cargo xtask bless` sets it.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use asymmetric_protocol::chunk::Codec;

use super::{
    super::{
        Durability, Outbox,
        inspect::{self, OutboxFile},
    },
    model::{Content, Run, SCHEMA, Step, content_of},
};

const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/outbox-v1");

/// A copy of a stored file, which may be opened and written to.
struct Fixture {
    directory: tempfile::TempDir,
}

impl Fixture {
    /// The stored file of this name; makes it by `steps` if it is missing and may be made.
    fn open(name: &str, is_closed: bool, steps: &[Step]) -> Self {
        Self::make_by(name, is_closed, steps, |run| run)
    }

    /// The same, of an outbox that is opened with other options.
    fn make_by(name: &str, is_closed: bool, steps: &[Step], options: fn(Run) -> Run) -> Self {
        let stored = Path::new(DIRECTORY).join(name);
        if !stored.exists() && env::var_os("UPDATE_EXPECT").is_some() {
            make(&stored, is_closed, steps, options);
        }
        let fixture = Self { directory: tempfile::tempdir().unwrap() };
        fs::copy(&stored, fixture.path()).unwrap_or_else(|error| {
            panic!("{}: {error}; `cargo xtask bless` makes it", stored.display())
        });
        fixture
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("fixture.realm")
    }

    fn content(&self) -> Content {
        content_of(&Outbox::open(&self.path(), "app", &SCHEMA).unwrap()).unwrap()
    }
}

fn make(path: &Path, is_closed: bool, steps: &[Step], options: fn(Run) -> Run) {
    let disk = asymmetric_testkit::FaultyBackend::new();
    let mut run = options(Run::new(disk.clone()));
    run.steps(steps).unwrap();
    let crashed = disk.image();
    run.close();
    fs::create_dir_all(DIRECTORY).unwrap();
    fs::write(path, if is_closed { disk.image() } else { crashed }).unwrap();
    if is_closed {
        inspect::compact(path).unwrap();
    }
}

fn write(objects: u16, padding: u32) -> Step {
    Step::Write { objects, padding, durability: Durability::Durable }
}

const fn settle(chunk: usize, reject: bool) -> Step {
    Step::Settle { chunk, reject }
}

#[test]
fn a_filled_file_of_format_1_is_read() {
    let steps = [
        Step::StoreSession(Some(7)),
        write(3, 10),
        write(2, 20),
        write(5, 30),
        write(1, 40),
        settle(0, true),
        Step::Flush,
    ];
    let fixture = Fixture::open("filled.realm", true, &steps);
    let stored = (4..=11).map(|number| (number, i64::try_from(number).unwrap())).collect();
    let expected =
        Content { stored, rejected: vec![(1, 1)], session: Some("7".into()), ..Content::default() };
    assert_eq!(fixture.content(), expected);

    let file = OutboxFile::open(fixture.path()).unwrap();
    assert_eq!(file.check().unwrap().faults, []);
    let summary = file.summary().unwrap();
    assert_eq!((summary.chunks, summary.end.get(), summary.rejected), (3, 12, 1));
}

#[test]
fn a_compressed_file_of_format_1_that_dropped_objects_is_read() {
    let steps = [write(3, 4_000), write(3, 4_000), write(2, 4_000)];
    let fixture =
        Fixture::make_by("compressed.realm", true, &steps, |run| run.with(Codec::Zstd, Some(6)));
    let stored = (4..=8).map(|number| (number, i64::try_from(number).unwrap())).collect();
    assert_eq!(fixture.content(), Content { stored, overflowed: 3, ..Content::default() });
    let summary = OutboxFile::open(fixture.path()).unwrap().summary().unwrap();
    assert_eq!((summary.chunks, summary.compressed_chunks, summary.overflowed), (2, 2, 3));
}

#[test]
fn a_drained_file_of_format_1_is_read_and_goes_on() {
    let steps = [write(3, 10), settle(0, false), Step::Flush];
    let fixture = Fixture::open("drained.realm", true, &steps);
    assert_eq!(fixture.content(), Content::default());
    let summary = OutboxFile::open(fixture.path()).unwrap().summary().unwrap();
    assert_eq!(summary.end.get(), 4);
}

#[test]
fn a_file_of_format_1_that_a_crash_left_is_read() {
    let steps = [write(3, 10), write(1, 300_000), settle(0, false), write(1, 0)];
    let fixture = Fixture::open("crashed.realm", false, &steps);
    let before = fs::read(fixture.path()).unwrap();
    assert_eq!(OutboxFile::open(fixture.path()).unwrap().summary().unwrap().pending, 2);
    assert!(fs::read(fixture.path()).unwrap() == before);
    let expected = Content { stored: vec![(4, 4), (5, 5)], ..Content::default() };
    assert_eq!(fixture.content(), expected);
}
