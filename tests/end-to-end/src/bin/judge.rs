//! Says what the file of a device holds, after the device was killed.
//!
//! `judge REALM` verifies every checksum and every object, and prints the numbers of all objects
//! that wait for the server, one a line.

use std::{env, io::Write as _, ops::ControlFlow};

use asymmetric::outbox::OutboxFile;
use asymmetric_end_to_end::counted;

fn main() {
    let path = env::args().nth(1).expect("usage: judge REALM");
    let file = OutboxFile::open(path).expect("the file opens");
    let check = file.check().expect("the file is read");
    assert!(check.faults.is_empty(), "{:?}", check.faults);
    let mut out = std::io::stdout().lock();
    let faults = file.objects(|object| {
        let found = bson::Document::from_reader(object.bson).expect("a document");
        let number = found.get_i64("_id").expect("a number");
        assert_eq!(found, counted::document(number), "half an object");
        writeln!(out, "{number}").expect("somebody listens");
        ControlFlow::Continue(())
    });
    assert!(faults.expect("the objects are read").is_empty());
}
