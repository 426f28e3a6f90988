//! Outboxes that are full, and objects that are too old.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use asymmetric_protocol::chunk::{Codec, Cutter};

use super::{disk::Disk, horizon::block_on, *};
use crate::client::{outbox::group::Leader, progress::Amount};

fn limited(limits: Limits) -> Options {
    Options { limits, ..Options::default() }
}

fn at_most(objects: u64, when_full: WhenFull) -> Options {
    limited(Limits { max_objects: Some(objects), when_full, ..Limits::default() })
}

fn try_commit(outbox: &Outbox, ids: impl IntoIterator<Item = i64>) -> Result<Written, CommitError> {
    outbox.commit(&mut objects(outbox, ids), Durability::Durable)
}

#[test]
fn a_full_outbox_rejects_and_goes_on_when_there_is_room() {
    let outbox = Disk::default().open_with(at_most(3, WhenFull::Reject));
    commit(&outbox, [1, 2]);
    let full = try_commit(&outbox, [3, 4]);
    assert!(matches!(full, Err(CommitError::Full { pending_objects: 2, .. })), "{full:?}");
    commit(&outbox, [3]);
    outbox.settle(&chunks(&outbox)[..1]);
    commit(&outbox, [4, 5]);
    assert_eq!(stored(&outbox), [(3, 3), (4, 4), (5, 5)]);
}

#[test]
fn bytes_are_limited_as_objects_are() {
    let bytes = doc! { "_id": 0_i64 }.to_vec().unwrap().len() as u64;
    let limits = Limits { max_bytes: Some(2 * bytes), ..Limits::default() };
    let outbox = Disk::default().open_with(limited(limits));
    commit(&outbox, [1, 2]);
    let full = try_commit(&outbox, [3]);
    assert!(
        matches!(full, Err(CommitError::Full { pending_bytes, .. }) if pending_bytes == 2 * bytes),
        "{full:?}"
    );
}

#[test]
fn a_writer_that_waits_in_vain_is_told_that_the_outbox_is_full() {
    let when_full = WhenFull::Block { timeout: Duration::from_millis(1) };
    let outbox = Disk::default().open_with(at_most(2, when_full));
    commit(&outbox, [1, 2]);
    let full = try_commit(&outbox, [3]);
    assert!(matches!(full, Err(CommitError::Full { .. })), "{full:?}");
}

#[test]
fn a_writer_waits_for_room() {
    let when_full = WhenFull::Block { timeout: Duration::from_secs(3600) };
    let outbox = Disk::default().open_with(at_most(2, when_full));
    commit(&outbox, [1, 2]);
    thread::scope(|scope| {
        let writer = scope.spawn(|| commit(&outbox, [3]));
        outbox.settle(&chunks(&outbox));
        assert_eq!(writer.join().unwrap(), SequenceNumber::new(3)..SequenceNumber::new(4));
    });
}

#[test]
fn closing_wakes_a_writer_that_waits_for_room() {
    let when_full = WhenFull::Block { timeout: Duration::from_secs(3600) };
    let outbox = Disk::default().open_with(at_most(2, when_full));
    commit(&outbox, [1, 2]);
    thread::scope(|scope| {
        let writer = scope.spawn(|| try_commit(&outbox, [3]));
        outbox.close().unwrap();
        assert!(matches!(writer.join().unwrap(), Err(CommitError::Closed)));
    });
}

#[test]
fn the_oldest_chunks_make_room_and_are_counted_for_ever() {
    let place = Place::new();
    let options = at_most(5, WhenFull::DropOldest);
    let open = || options.open(&place.path(), "app", &SCHEMA).unwrap();
    {
        let outbox = open();
        let mut events = outbox.events();
        commit(&outbox, [1, 2]);
        commit(&outbox, [3, 4]);
        let old = chunks(&outbox);
        commit(&outbox, [5, 6]);
        assert_eq!(stored(&outbox), [(3, 3), (4, 4), (5, 5), (6, 6)]);
        assert_eq!(
            events.try_recv().unwrap(),
            OutboxEvent::Dropped {
                objects: SequenceNumber::new(1)..SequenceNumber::new(3),
                bytes: old[0].document_bytes,
                reason: DropReason::Overflow,
            }
        );
        assert!(events.try_recv().is_err());

        // An answer to what was on its way when it was dropped comes too late to count.
        outbox.settle(&old[..1]);
        let mut next = Some((old[0].clone(), vec![rejected(1)]));
        assert_eq!(outbox.settle_rejected(|_| next.take()).unwrap(), []);
        let progress = outbox.progress().borrow().clone();
        assert_eq!((progress.overflowed, progress.acknowledged, progress.rejected), (2, 0, 0));
        assert_eq!(progress.pending_objects(), 4);
        assert!(outbox.rejected().unwrap().is_empty());
    }
    let outbox = open();
    let progress = outbox.progress().borrow().clone();
    assert_eq!((progress.overflowed, progress.pending_objects()), (2, 4));
    // What the server has settled is not dropped.
    outbox.settle(&chunks(&outbox)[..1]);
    commit(&outbox, [7, 8, 9]);
    assert_eq!(outbox.progress().borrow().overflowed, 2);
    commit(&outbox, [10, 11]);
    assert_eq!(outbox.progress().borrow().overflowed, 4);
    assert_eq!(stored(&outbox).len(), 5);
}

#[test]
fn a_commit_that_drops_takes_along_what_is_kept_of_the_chunks_it_removes() {
    let outbox = Disk::default().open_with(at_most(5, WhenFull::DropOldest));
    for id in 1..=5 {
        commit(&outbox, [id]);
    }
    // A leader has taken its group; then the server rejects an object of the first chunk.
    let mut state = outbox.group.lock();
    let (end, below) = (state.end, state.settled.below());
    let mut work = std::mem::replace(&mut state.queued, commit::Work::new(end, below));
    state.leader = Leader::Committing;
    drop(state);
    thread::scope(|scope| {
        let rejecting = scope.spawn(|| reject(&outbox, vec![rejected(1)]));
        while !outbox.needs_flush() {
            thread::yield_now();
        }
        let excess = Amount { objects: 1, bytes: 0 };
        outbox.make_room(&outbox.database(), &mut work, Some(excess)).unwrap();
        work.write(&outbox.database(), &mut Cutter::new(Codec::None)).unwrap();

        assert_eq!(stored(&outbox).first(), Some(&(3, 3)));
        assert_eq!(outbox.rejected().unwrap(), [rejected(1)]);
        assert!(!outbox.needs_flush());
        outbox.group.lock().leader = Leader::None;
        outbox.group.ended.notify_all();
        rejecting.join().unwrap();
    });
}

#[test]
fn a_transaction_that_an_empty_outbox_could_not_hold_is_rejected_by_every_policy() {
    let timeout = Duration::from_secs(3600);
    for when_full in [WhenFull::Reject, WhenFull::Block { timeout }, WhenFull::DropOldest] {
        let outbox = Disk::default().open_with(at_most(2, when_full));
        commit(&outbox, [1]);
        let full = try_commit(&outbox, [2, 3, 4]);
        assert!(matches!(full, Err(CommitError::Full { .. })), "{full:?}");
        assert_eq!(stored(&outbox), [(1, 1)]);
    }
}

#[test]
fn many_writers_never_exceed_what_the_oldest_make_room_for() {
    let outbox = Disk::default().open_with(at_most(10, WhenFull::DropOldest));
    thread::scope(|scope| {
        for writer in 0..8 {
            let outbox = &outbox;
            scope.spawn(move || {
                for n in 0..50 {
                    commit(outbox, (0..3).map(|i| writer * 1_000 + n * 3 + i));
                    assert!(stored(outbox).len() <= 20);
                }
            });
        }
    });
    commit(&outbox, [-1]);
    let progress = outbox.progress().borrow().clone();
    assert_eq!(progress.pending_objects(), stored(&outbox).len() as u64);
    assert!(progress.pending_objects() <= 10);
    assert_eq!(progress.overflowed + progress.pending_objects(), 8 * 50 * 3 + 1);
}

#[test]
fn old_objects_expire_and_are_counted_for_ever() {
    let disk = Disk::default();
    let limits = Limits { max_age: Some(Duration::from_millis(1)), ..Limits::default() };
    let outbox = disk.open_with(limited(limits));
    outbox.expire().unwrap();
    commit(&outbox, [1, 2]);
    let written = SystemTime::now();
    while SystemTime::now().duration_since(written).unwrap_or_default() < Duration::from_millis(5) {
        thread::yield_now();
    }
    outbox.expire().unwrap();
    assert!(chunks(&outbox).is_empty());
    let counts = |outbox: &Outbox| {
        let progress = outbox.progress().borrow().clone();
        (progress.expired, progress.overflowed, progress.pending_objects())
    };
    assert_eq!(counts(&outbox), (2, 0, 0));
    drop(outbox);
    let outbox = disk.open();
    assert_eq!(counts(&outbox), (2, 0, 0));
    assert_eq!(commit(&outbox, [3]).start, SequenceNumber::new(3));
}

#[test]
fn what_is_young_does_not_expire() {
    let disk = Disk::default();
    for max_age in [Duration::from_secs(3600), Duration::MAX] {
        let limits = Limits { max_age: Some(max_age), ..Limits::default() };
        let outbox = disk.open_with(limited(limits));
        commit(&outbox, [1]);
        outbox.expire().unwrap();
        assert_eq!(outbox.progress().borrow().expired, 0);
    }
}

#[test]
fn the_committer_drops_what_is_too_old() {
    let limits = Limits { max_age: Some(Duration::from_millis(1)), ..Limits::default() };
    let outbox = Arc::new(Disk::default().open_with(limited(limits)));
    let _committer = Committer::start(&outbox).unwrap();
    commit(&outbox, [1]);
    let mut progress = outbox.progress().subscribe();
    block_on(progress.wait_for(|progress| progress.expired == 1)).unwrap();
}

fn rejected(sequence: u64) -> RejectedObject {
    RejectedObject {
        sequence: SequenceNumber::new(sequence),
        class: "Reading".into(),
        code: RejectionCode::StoreRefused,
        reason: "no".into(),
        rejected_at: UNIX_EPOCH,
        bson: doc! { "_id": 1_i64 }.to_vec().unwrap(),
        class_id: None,
    }
}
