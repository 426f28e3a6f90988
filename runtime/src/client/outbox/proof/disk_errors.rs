//! A disk that fails at every single call, once or for good.

use asymmetric_testkit::{FaultyBackend, faulty_backend::Call};

use super::{
    super::Durability,
    crash::life,
    model::{Run, Step},
};

const EIO: i32 = 5;
const ENOSPC: i32 = 28;

fn the_disk_fails_at_every(call: Call) {
    let undisturbed = FaultyBackend::new();
    let mut run = Run::new(undisturbed.clone());
    run.steps(&life()).unwrap();
    run.close();
    let calls = undisturbed.calls().of(call);
    assert!(calls > 0);

    for at in 0..calls {
        for error in [EIO, ENOSPC] {
            let disk = FaultyBackend::new();
            // A block that is bad is so for a moment or for ever, a disk that is full stays full.
            if error == EIO && at % 2 == 0 {
                disk.fail_once(call, at, error);
            } else {
                disk.fail_from(call, at, error);
            }
            let mut run = Run::new(disk.clone());
            if let Err(error) = run.steps(&life()) {
                assert!(disk.calls().of(call) > at, "{error:?}");
            }
            run.close();
            // The disk is repaired, or has room again.
            run.continue_on(FaultyBackend::from_image(disk.image()));
            let what = format!("error {error} at {call:?} {at}");
            run.compare().unwrap_or_else(|error| panic!("{what}: {error:?}"));
            let more = Step::Write { objects: 2, padding: 10, durability: Durability::Durable };
            run.steps(&[more, Step::Reopen]).unwrap_or_else(|error| panic!("{what}: {error:?}"));
        }
    }
}

#[test]
fn a_write_that_fails_loses_nothing_durable() {
    the_disk_fails_at_every(Call::Write);
}

#[test]
fn a_sync_that_fails_loses_nothing_durable() {
    the_disk_fails_at_every(Call::Sync);
}

#[test]
fn a_file_that_cannot_grow_loses_nothing_durable() {
    the_disk_fails_at_every(Call::Resize);
}

#[test]
fn a_read_that_fails_loses_nothing_durable() {
    the_disk_fails_at_every(Call::Read);
}
