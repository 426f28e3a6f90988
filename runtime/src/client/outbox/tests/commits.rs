//! How many syncs commits take, and what happens when they fail.

use super::{disk::Disk, *};

#[test]
fn a_commit_syncs_once_whatever_it_carries() {
    let disk = Disk::default();
    let outbox = disk.open();
    commit(&outbox, [1]);
    let before = disk.syncs();
    commit(&outbox, 2..5_000);
    assert_eq!(disk.syncs() - before, 1);

    // New objects in, acknowledged ones out: still one.
    outbox.settle(&chunks(&outbox)[..1]);
    commit(&outbox, [5_000]);
    assert_eq!(disk.syncs() - before, 2);
    assert_eq!(stored(&outbox).len(), 4_999);
}

#[test]
fn a_paranoid_commit_syncs_twice_and_the_next_one_once() {
    let disk = Disk::default();
    let outbox = disk.open();
    commit(&outbox, [1]);
    let before = disk.syncs();
    outbox.commit(&mut objects(&outbox, [2]), Durability::Paranoid).unwrap();
    assert_eq!(disk.syncs() - before, 2);
    commit(&outbox, [3]);
    assert_eq!(disk.syncs() - before, 3);
    assert_eq!(stored(&outbox), [(1, 1), (2, 2), (3, 3)]);
}

#[test]
fn writers_that_wait_together_share_a_sync() {
    const WRITERS: u64 = 16;
    let disk = Disk::default();
    let outbox = disk.open();
    let before = disk.syncs();
    let start = Barrier::new(16);
    // While the first commit is held up, the others have to queue behind it.
    let held = outbox.database().begin_write().unwrap();
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (outbox, start) = (&outbox, &start);
            scope.spawn(move || {
                start.wait();
                commit(outbox, [i64::try_from(writer).unwrap()]);
            });
        }
        while outbox.group.queued_below() < SequenceNumber::FIRST.after(WRITERS) {
            thread::yield_now();
        }
        held.abort().unwrap();
    });
    assert_eq!(stored(&outbox).len(), 16);
    assert!(disk.syncs() - before <= 2, "{} syncs", disk.syncs() - before);
}

#[test]
fn after_a_failed_commit_nothing_is_written_until_the_file_is_opened_again() {
    let disk = Disk::default();
    let outbox = disk.open();
    commit(&outbox, [1]);
    disk.is_broken(true);
    let failed = outbox.commit(&mut objects(&outbox, [2]), Durability::Durable);
    assert!(matches!(failed, Err(CommitError::Failed(_))), "{failed:?}");

    disk.is_broken(false);
    let refused = outbox.commit(&mut objects(&outbox, [3]), Durability::Durable);
    assert!(matches!(refused, Err(CommitError::Failed(_))), "{refused:?}");
    assert!(outbox.flush().is_err());
    drop(outbox);

    let outbox = disk.open();
    // Whether the failed one is there is unknown; the one before it is, and the one after is not.
    let ids: Vec<_> = stored(&outbox).into_iter().map(|(_, id)| id).collect();
    assert!(ids == [1] || ids == [1, 2], "{ids:?}");
    commit(&outbox, [4]);
}
