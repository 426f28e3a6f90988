//! A disk that fails at every single call, once or for good.

use asymmetric_testkit::{FaultyBackend, faulty_backend::Call};

use super::life::{calls_of, survives};

const EIO: i32 = 5;
const ENOSPC: i32 = 28;

fn the_disk_fails_at_every(call: Call) {
    for at in 0..calls_of(call) {
        for error in [EIO, ENOSPC] {
            let disk = FaultyBackend::new();
            // A block that is bad is so for a moment or for ever, a disk that is full stays full.
            if error == EIO && at % 2 == 0 {
                disk.fail_once(call, at, error);
            } else {
                disk.fail_from(call, at, error);
            }
            // The disk is repaired, or has room again.
            let afterwards = |disk: &FaultyBackend| FaultyBackend::from_image(disk.image());
            survives(&disk, (call, at), afterwards, &format!("error {error}"));
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
