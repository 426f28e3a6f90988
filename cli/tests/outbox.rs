//! `asymmetric outbox` on stored files: what people see, and the exit status.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

use expect_test::{ExpectFile, expect_file};
use tempfile::TempDir;

/// A directory with a copy of a stored file, where the program runs.
struct Place {
    directory: TempDir,
}

impl Place {
    fn with(fixture: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let stored = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/outbox-v1");
        let from = PathBuf::from(stored).join(fixture).with_extension("realm");
        fs::copy(from, directory.path().join("device.realm")).unwrap();
        Self { directory }
    }

    fn outbox(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_asymmetric"));
        command.current_dir(self.directory.path()).arg("outbox").args(arguments);
        command.output().expect("the program starts")
    }

    /// Flips a bit of object 9 of the filled file, which is in the second of three chunks, in
    /// every copy that redb has of it.
    fn damage(&self) {
        let path = self.directory.path().join("device.realm");
        let mut image = fs::read(&path).unwrap();
        let mut damaged = 0;
        for at in 0..image.len() {
            if image[at..].starts_with(&[9; 30]) {
                image[at] ^= 1;
                damaged += 1;
            }
        }
        assert!(damaged > 0);
        fs::write(path, image).unwrap();
    }
}

/// Compares what the program says, on both streams, and how it ends.
fn expect(output: &Output, status: i32, expected: &ExpectFile) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    expected.assert_eq(&(text(&output.stdout) + &text(&output.stderr)));
    assert_eq!(output.status.code(), Some(status));
}

#[test]
fn inspect_shows_what_is_in_a_file() {
    let place = Place::with("filled");
    let output = place.outbox(&["inspect", "device.realm"]);
    expect(&output, 0, &expect_file!["outbox/inspect-filled.txt"]);
    assert!(!String::from_utf8_lossy(&output.stdout).contains("token"));
}

#[test]
fn inspect_shows_an_empty_file_and_one_that_a_crash_left() {
    let output = Place::with("drained").outbox(&["inspect", "device.realm"]);
    expect(&output, 0, &expect_file!["outbox/inspect-drained.txt"]);
    let output = Place::with("crashed").outbox(&["inspect", "device.realm"]);
    expect(&output, 0, &expect_file!["outbox/inspect-crashed.txt"]);
}

#[test]
fn check_is_content_with_a_whole_file_and_not_with_a_damaged_one() {
    let place = Place::with("filled");
    let output = place.outbox(&["check", "device.realm"]);
    expect(&output, 0, &expect_file!["outbox/check-whole.txt"]);
    place.damage();
    let output = place.outbox(&["check", "device.realm"]);
    expect(&output, 5, &expect_file!["outbox/check-damaged.txt"]);
}

#[test]
fn salvage_makes_a_new_file_and_keeps_the_damaged_one() {
    let place = Place::with("filled");
    let output = place.outbox(&["salvage", "device.realm"]);
    expect(&output, 0, &expect_file!["outbox/salvage-whole.txt"]);
    place.damage();
    let output = place.outbox(&["salvage", "device.realm"]);
    expect(&output, 0, &expect_file!["outbox/salvage-damaged.txt"]);
    assert!(place.directory.path().join("device.realm.corrupt").exists());
    let output = place.outbox(&["check", "device.realm"]);
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn export_writes_json_to_standard_output() {
    let place = Place::with("filled");
    let output = place.outbox(&["export", "device.realm", "--format", "ejson"]);
    expect(&output, 0, &expect_file!["outbox/export.txt"]);
    let rejected = ["export", "device.realm", "--format", "ejson", "--rejected"];
    expect(&place.outbox(&rejected), 0, &expect_file!["outbox/export-rejected.txt"]);
    let none = ["export", "device.realm", "--format", "ejson", "--collection", "no.such"];
    assert!(place.outbox(&none).stdout.is_empty());
}

#[test]
fn export_writes_bson_files_and_no_file_twice() {
    let place = Place::with("filled");
    let export = ["export", "device.realm", "--format", "bson", "--to", "out"];
    let output = place.outbox(&export);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let directory = place.directory.path().join("out").join("app");
    let files: Vec<_> = fs::read_dir(&directory).unwrap().map(|file| file.unwrap()).collect();
    let [file] = files.as_slice() else { panic!("{files:?}") };
    assert_eq!(file.file_name(), "Padded.bson");
    let bytes = fs::read(file.path()).unwrap();
    let mut rest = bytes.as_slice();
    let mut ids = Vec::new();
    while !rest.is_empty() {
        ids.push(bson::Document::from_reader(&mut rest).unwrap().get_i64("_id").unwrap());
    }
    assert_eq!(ids, (4..=11).collect::<Vec<_>>());

    let again = place.outbox(&export);
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("Padded.bson"));
    assert_eq!(fs::read(file.path()).unwrap(), bytes);
}

#[test]
fn compact_shortens_a_file_and_keeps_its_objects() {
    let place = Place::with("crashed");
    let output = place.outbox(&["compact", "device.realm"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let output = place.outbox(&["check", "device.realm"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("2 whole objects"), "{said}");
}

#[test]
fn a_file_in_use_has_an_exit_status_of_its_own() {
    let place = Place::with("filled");
    let path = place.directory.path().join("device.realm");
    let _file = asymmetric::outbox::OutboxFile::open(path).unwrap();
    for command in ["inspect", "check", "compact", "salvage"] {
        let output = place.outbox(&[command, "device.realm"]);
        expect(&output, 6, &expect_file!["outbox/in-use.txt"]);
    }
    let output = place.outbox(&["export", "device.realm", "--format", "ejson"]);
    expect(&output, 6, &expect_file!["outbox/in-use.txt"]);
}

#[test]
fn what_is_no_outbox_is_told_so() {
    let place = Place::with("filled");
    fs::write(place.directory.path().join("notes.txt"), "precious notes").unwrap();
    let output = place.outbox(&["inspect", "notes.txt"]);
    assert_eq!(output.status.code(), Some(5), "{output:?}");
    let output = place.outbox(&["inspect", "no-such.realm"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("no-such.realm"));
}
