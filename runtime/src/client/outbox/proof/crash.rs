//! Power lost at every write, every sync and every change of the file's length.

use asymmetric_testkit::{
    FaultyBackend,
    faulty_backend::{Call, Fate},
};

use super::{
    super::Durability,
    model::{Run, Step},
};

/// A life of an outbox: created, filled, drained, refused, closed and opened.
pub(super) fn life() -> Vec<Step> {
    use Durability::{Durable, Paranoid};
    use Step::{Flush, Reopen, Settle, StoreSession, Write};
    let write = |objects, padding| Write { objects, padding, durability: Durable };
    vec![
        StoreSession(Some(1)),
        write(1, 0),
        write(10, 40),
        Write { objects: 3, padding: 700, durability: Paranoid },
        // Several chunks in one transaction: both or none.
        write(3, 130_000),
        Settle { chunk: 0, reject: false },
        write(1, 0),
        Settle { chunk: 1, reject: true },
        Flush,
        Settle { chunk: 0, reject: true },
        write(2, 5),
        Reopen,
        StoreSession(Some(2)),
        // One object that fills more than a chunk.
        write(1, 270_000),
        Settle { chunk: 0, reject: false },
        Settle { chunk: 1, reject: false },
        Settle { chunk: 2, reject: false },
        Settle { chunk: 3, reject: true },
        Settle { chunk: 4, reject: false },
        Settle { chunk: 5, reject: false },
        Flush,
        write(1, 0),
        Settle { chunk: 0, reject: false },
        Flush,
        StoreSession(None),
        Reopen,
        write(5, 100),
    ]
}

fn power_is_lost_at_every(call: Call) {
    let undisturbed = FaultyBackend::new();
    let mut run = Run::new(undisturbed.clone());
    run.steps(&life()).unwrap();
    run.close();
    let calls = undisturbed.calls().of(call);
    assert!(calls > 0);

    for crash in 0..calls {
        for fate in Fate::ALL {
            let disk = FaultyBackend::new();
            disk.lose_power(call, crash);
            let mut run = Run::new(disk.clone());
            if let Err(error) = run.steps(&life()) {
                assert!(disk.is_off(), "{error:?}");
            }
            run.close();
            assert!(disk.is_off(), "{call:?} {crash} was never reached");

            run.continue_on(disk.after_power_loss(fate, crash));
            let what = format!("power lost at {call:?} {crash}, changes {fate:?}");
            run.compare().unwrap_or_else(|error| panic!("{what}: {error:?}"));
            let more = Step::Write { objects: 2, padding: 10, durability: Durability::Durable };
            run.steps(&[more, Step::Reopen]).unwrap_or_else(|error| panic!("{what}: {error:?}"));
        }
    }
}

#[test]
fn power_lost_at_any_write_loses_nothing_durable_and_shows_nothing_half_written() {
    power_is_lost_at_every(Call::Write);
}

#[test]
fn power_lost_at_any_sync_loses_nothing_durable_and_shows_nothing_half_written() {
    power_is_lost_at_every(Call::Sync);
}

#[test]
fn power_lost_at_any_change_of_length_loses_nothing_durable_and_shows_nothing_half_written() {
    power_is_lost_at_every(Call::Resize);
}
