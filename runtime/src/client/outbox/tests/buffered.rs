//! Writes that return before they are durable.

use std::time::Duration;

use super::{disk::Disk, horizon::block_on, *};

const LONG: Duration = Duration::from_secs(3600);

fn buffered(max_delay: Duration, max_bytes: usize) -> Durability {
    Durability::Buffered { max_delay, max_bytes }
}

fn ids(outbox: &Outbox) -> Vec<i64> {
    stored(outbox).into_iter().map(|(_, id)| id).collect()
}

#[test]
fn a_crash_loses_what_was_buffered_and_nothing_before_it() {
    let disk = Disk::default();
    let outbox = disk.open();
    commit(&outbox, [1]);
    let syncs = disk.syncs();
    for id in [2, 3] {
        outbox.commit(&mut objects(&outbox, [id]), buffered(LONG, 1 << 20)).unwrap();
    }
    assert_eq!(disk.syncs(), syncs);
    assert_eq!(outbox.progress().borrow().durable, 1);
    assert_eq!(ids(&disk.after_a_crash().open()), [1]);

    outbox.flush().unwrap();
    assert_eq!(disk.syncs(), syncs + 1);
    assert_eq!(ids(&disk.after_a_crash().open()), [1, 2, 3]);
}

#[test]
fn a_durable_write_takes_along_what_is_buffered() {
    let disk = Disk::default();
    let outbox = disk.open();
    outbox.commit(&mut objects(&outbox, [1]), buffered(LONG, 1 << 20)).unwrap();
    let syncs = disk.syncs();
    commit(&outbox, [2]);
    assert_eq!(disk.syncs(), syncs + 1);
    assert_eq!(ids(&disk.after_a_crash().open()), [1, 2]);
}

#[test]
fn never_more_than_the_window_is_at_risk() {
    const WINDOW: usize = 1_000;
    let disk = Disk::default();
    let outbox = disk.open();
    let mut largest = 0;
    for id in 0..500 {
        outbox.commit(&mut objects(&outbox, [id]), buffered(LONG, WINDOW)).unwrap();
        let state = outbox.group.lock();
        largest = largest.max(state.end.position - state.durable.position);
    }
    assert!(largest <= WINDOW as u64, "{largest}");
    // The window is used: far fewer commits than writes.
    assert!(disk.syncs() < 50, "{}", disk.syncs());

    // What does not fit goes alone.
    let mut large = objects(&outbox, 1_000..1_100);
    outbox.commit(&mut large, buffered(LONG, WINDOW)).unwrap();
    let state = outbox.group.lock();
    assert_eq!(state.durable.sequence, SequenceNumber::new(501));
}

#[test]
fn the_committer_commits_when_the_time_is_up_or_the_window_is_half_full() {
    let disk = Disk::default();
    let outbox = Arc::new(disk.open());
    let _committer = Committer::start(&outbox).unwrap();
    let write = |id, durability| {
        let written = outbox.commit(&mut objects(&outbox, [id]), durability).unwrap();
        Ticket::new(&outbox, written)
    };
    write(1, buffered(Duration::from_millis(1), 1 << 20)).durable().wait().unwrap();
    // This one has an hour, but a window of two objects.
    let bytes = doc! { "_id": 0_i64 }.to_vec().unwrap().len();
    write(2, buffered(LONG, 2 * bytes)).durable().wait().unwrap();
    assert_eq!(outbox.progress().borrow().durable, 2);
}

#[test]
fn closing_makes_durable_what_was_buffered() {
    let place = Place::new();
    {
        let outbox = Arc::new(place.open());
        let _committer = Committer::start(&outbox).unwrap();
        outbox.commit(&mut objects(&outbox, [1]), buffered(LONG, 1 << 20)).unwrap();
    }
    assert_eq!(ids(&place.open()), [1]);
}

#[test]
fn a_ticket_outlives_its_outbox_and_says_what_became_of_the_objects() {
    let disk = Disk::default();
    let (committed, lost) = {
        let outbox = Arc::new(disk.open());
        let write = |id| {
            let durability = buffered(LONG, 1 << 20);
            let written = outbox.commit(&mut objects(&outbox, [id]), durability).unwrap();
            Ticket::new(&outbox, written)
        };
        let committed = write(1);
        outbox.flush().unwrap();
        (committed, write(2))
    };
    assert_eq!(*committed.objects(), SequenceNumber::new(1)..SequenceNumber::new(2));
    committed.durable().wait().unwrap();
    let error = lost.durable().wait().unwrap_err();
    assert!(matches!(error, crate::WriteError::Closed), "{error:?}");
    assert_eq!(ids(&disk.open()), [1]);
}

#[test]
fn a_broken_disk_shows_in_the_ticket_and_in_the_next_write() {
    let disk = Disk::default();
    let outbox = Arc::new(disk.open());
    let durability = buffered(LONG, 1 << 20);
    let written = outbox.commit(&mut objects(&outbox, [1]), durability).unwrap();
    let ticket = Ticket::new(&outbox, written);
    disk.is_broken(true);
    assert!(outbox.flush().is_err());
    let error = block_on(ticket.durable()).unwrap_err();
    assert!(matches!(error, crate::WriteError::Storage(_)), "{error:?}");
    let next = outbox.commit(&mut objects(&outbox, [2]), durability);
    assert!(matches!(next, Err(CommitError::Failed(_))), "{next:?}");
}
