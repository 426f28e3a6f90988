//! The life of an outbox, and what is asked of one that a failing disk has interrupted.

use asymmetric_testkit::{FaultyBackend, faulty_backend::Call};

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
        // Settled before the one in front of it, whose rejection takes both out of the file.
        Settle { chunk: 1, reject: false },
        Flush,
        Settle { chunk: 0, reject: true },
        write(2, 5),
        Reopen,
        StoreSession(Some(2)),
        // One object that fills more than a chunk.
        write(1, 270_000),
        Settle { chunk: 0, reject: false },
        Settle { chunk: 1, reject: false },
        Settle { chunk: 2, reject: true },
        Settle { chunk: 0, reject: false },
        Settle { chunk: 1, reject: false },
        Flush,
        write(1, 0),
        Settle { chunk: 0, reject: false },
        Flush,
        StoreSession(None),
        Reopen,
        write(5, 100),
    ]
}

/// How many calls of this kind a life makes that nothing disturbs.
pub(super) fn calls_of(call: Call) -> u64 {
    let disk = FaultyBackend::new();
    let mut run = Run::new(disk.clone());
    run.steps(&life()).unwrap();
    run.close();
    let calls = disk.calls().of(call);
    assert!(calls > 0);
    calls
}

/// Lives on a disk that fails at the given call, and goes on on the one that `afterwards` makes of
/// it: everything durable is there, nothing half written is, and there is room for more.
pub(super) fn survives(
    disk: &FaultyBackend,
    (call, at): (Call, u64),
    afterwards: impl FnOnce(&FaultyBackend) -> FaultyBackend,
    what: &str,
) {
    let what = format!("{what} at {call:?} {at}");
    let mut run = Run::new(disk.clone());
    if let Err(error) = run.steps(&life()) {
        assert!(disk.calls().of(call) > at, "{what}: {error:?}");
    }
    run.close();
    assert!(disk.calls().of(call) > at, "{what}: never reached");
    run.continue_on(afterwards(disk));
    run.compare().unwrap_or_else(|error| panic!("{what}: {error:?}"));
    let more = Step::Write { objects: 2, padding: 10, durability: Durability::Durable };
    run.steps(&[more, Step::Reopen]).unwrap_or_else(|error| panic!("{what}: {error:?}"));
}
