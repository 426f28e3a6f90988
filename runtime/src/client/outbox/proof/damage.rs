//! Files in which a bit was flipped, or whose end is missing.
//!
//! What was damaged is either told or does not matter: an outbox that opens holds exactly what was
//! written, or says which part it cannot read.

use std::time::Instant;

use asymmetric_testkit::{FaultyBackend, faulty_backend::Fate, soak_duration};
use proptest::{prelude::RngExt as _, test_runner::TestRunner};

use super::{
    super::Durability,
    life::life,
    model::{Content, Run, Step},
};

/// The bytes of a file, and what is in it.
struct File {
    image: Vec<u8>,
    run: Run,
    /// What else it may seem to hold: damage to the last commit before a crash looks as if the
    /// crash had come before it.
    older: Option<Content>,
}

/// A file that was closed in order.
fn closed() -> File {
    let mut run = Run::new(FaultyBackend::new());
    run.steps(&life()).unwrap();
    run.steps(&[
        Step::Write { objects: 30, padding: 100, durability: Durability::Durable },
        Step::Write { objects: 1, padding: 30, durability: Durability::Durable },
        Step::StoreSession(Some(7)),
    ])
    .unwrap();
    run.close();
    File { image: run.disk.image(), run, older: None }
}

/// A file as a crash leaves it.
fn crashed() -> File {
    let File { mut run, .. } = closed();
    let older = Some(run.before.clone());
    run.step(&Step::Write { objects: 2, padding: 1, durability: Durability::Durable }).unwrap();
    let image = run.disk.after_power_loss(Fate::Lost, 0).image();
    run.close();
    File { image, run, older }
}

/// Opens a damaged file, reads all of it, writes to it, and reads it again. Whatever can be read
/// has to be what was written.
fn damage_is_told_or_does_not_matter(file: &File, image: Vec<u8>, what: &str) {
    let mut run = file.run.another_on(FaultyBackend::from_image(image));
    // Told while opening or reading.
    let Ok(found) = run.content() else { return };
    if file.older.as_ref() != Some(&found) {
        assert_eq!(found, file.run.before, "{what}");
    }
    run.adopt(found);
    let more = Step::Write { objects: 3, padding: 50, durability: Durability::Durable };
    // Told while writing or reading again, or what is read is what was written.
    run.steps(&[more, Step::Reopen]).unwrap_or_default();
}

fn flip(image: &[u8], bit: usize) -> Vec<u8> {
    let mut image = image.to_vec();
    image[bit / 8] ^= 1 << (bit % 8);
    image
}

#[test]
fn every_flipped_bit_of_the_header_is_told_or_does_not_matter() {
    const HEADER_BYTES: usize = 320;
    for (name, file) in [("closed", closed()), ("crashed", crashed())] {
        for bit in 0..HEADER_BYTES * 8 {
            let what = format!("{name}, bit {bit}");
            damage_is_told_or_does_not_matter(&file, flip(&file.image, bit), &what);
        }
    }
}

#[test]
fn soak_any_flipped_bit_is_told_or_does_not_matter() {
    let files = [closed(), crashed()];
    // Bytes that hold something are worth more tries than the empty rest of the file.
    let used = files.each_ref().map(|file| {
        let pages = file.image.chunks(4096).enumerate();
        let pages = pages.filter(|(_, page)| page.iter().any(|byte| *byte != 0));
        pages.map(|(number, _)| number).collect::<Vec<_>>()
    });
    let mut runner = TestRunner::deterministic();
    let deadline = Instant::now() + soak_duration();
    while Instant::now() < deadline {
        for (file, used) in files.iter().zip(&used) {
            let page = used[runner.rng().random_range(0..used.len())];
            let length = (file.image.len() - page * 4096).min(4096);
            let bit = page * 4096 * 8 + runner.rng().random_range(0..length * 8);
            let what = format!("bit {bit}");
            damage_is_told_or_does_not_matter(file, flip(&file.image, bit), &what);
        }
    }
}

#[test]
fn a_truncated_file_is_told_or_its_end_did_not_matter() {
    for (name, file) in [("closed", closed()), ("crashed", crashed())] {
        let pages = file.image.len() / 4096;
        let lengths = (0..64).chain((0..pages).map(|page| page * 4096));
        for length in lengths.filter(|length| *length > 0) {
            let image = file.image[..length].to_vec();
            damage_is_told_or_does_not_matter(&file, image, &format!("{name}, length {length}"));
        }
    }
}
