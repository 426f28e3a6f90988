//! What tickets tell in the end, and what becomes of rejected objects.

use std::time::SystemTime;

use super::{disk::Disk, horizon::block_on, *};

fn rejected(outbox: &Outbox, sequence: u64, id: i64) -> RejectedObject {
    RejectedObject {
        sequence: SequenceNumber::new(sequence),
        class: "Reading".into(),
        code: RejectionCode::WriteNotAllowed,
        reason: "not yours".into(),
        rejected_at: SystemTime::UNIX_EPOCH,
        bson: doc! { "_id": id }.to_vec().unwrap(),
        class_id: Some(outbox.identity().members[0]),
    }
}

fn write(outbox: &Arc<Outbox>, ids: impl IntoIterator<Item = i64>) -> Ticket {
    Ticket::new(outbox, commit(outbox, ids))
}

#[test]
fn a_ticket_tells_whether_the_server_has_accepted_the_objects() {
    let outbox = Arc::new(Disk::default().open());
    let accepted = write(&outbox, [1, 2]);
    let refused = write(&outbox, [3, 4]);
    outbox.settle(&chunks(&outbox)[..1]);
    assert_eq!(accepted.settled().wait().unwrap(), Receipt::Acknowledged);
    let object = rejected(&outbox, 4, 4);
    reject(&outbox, vec![object.clone()]);
    assert_eq!(block_on(refused.settled()).unwrap(), Receipt::Rejected(vec![object]));
    // It tells its own transaction's fate, whenever it is asked.
    assert_eq!(accepted.settled().wait().unwrap(), Receipt::Acknowledged);
    let nothing = write(&outbox, []);
    assert_eq!(nothing.settled().wait().unwrap(), Receipt::Acknowledged);
}

#[test]
fn a_ticket_waits_for_the_answer() {
    let outbox = Arc::new(Disk::default().open());
    let ticket = write(&outbox, [1]);
    thread::scope(|scope| {
        let waiting = scope.spawn(|| ticket.settled().wait().unwrap());
        outbox.settle(&chunks(&outbox));
        assert_eq!(waiting.join().unwrap(), Receipt::Acknowledged);
    });
}

#[test]
fn a_ticket_tells_that_objects_were_dropped() {
    let limits =
        Limits { max_objects: Some(2), when_full: WhenFull::DropOldest, ..Limits::default() };
    let options = Options { limits, ..Options::default() };
    let outbox = Arc::new(Disk::default().open_with(options));
    let old = write(&outbox, [1, 2]);
    let new = write(&outbox, [3]);
    assert_eq!(old.settled().wait().unwrap(), Receipt::Lost { objects: 2, rejected: Vec::new() });
    outbox.settle(&chunks(&outbox));
    assert_eq!(new.settled().wait().unwrap(), Receipt::Acknowledged);
}

#[test]
fn a_ticket_of_a_closed_outbox_knows_nothing() {
    let disk = Disk::default();
    let outbox = Arc::new(disk.open());
    let ticket = write(&outbox, [1]);
    outbox.close().unwrap();
    assert!(matches!(ticket.settled().wait(), Err(ReceiptError::Closed)));
    drop(outbox);
    assert!(matches!(ticket.settled().wait(), Err(ReceiptError::Closed)));
    assert_eq!(stored(&disk.open()), [(1, 1)]);
}

#[test]
fn rejected_objects_are_durable_when_they_are_told() {
    let disk = Disk::default();
    {
        let outbox = disk.open();
        commit(&outbox, [1, 2]);
        reject(&outbox, vec![rejected(&outbox, 2, 2)]);
        assert_eq!(outbox.progress().borrow().rejected, 1);
        assert!(!outbox.needs_flush());
    }
    let outbox = disk.open();
    assert_eq!(outbox.rejected().unwrap(), [rejected(&outbox, 2, 2)]);
    let progress = outbox.progress().borrow().clone();
    let bytes = doc! { "_id": 2_i64 }.to_vec().unwrap().len() as u64;
    assert_eq!((progress.rejected, progress.rejected_bytes), (1, bytes));
    assert_eq!(stored(&outbox), []);
}

#[test]
fn a_rejected_object_that_is_tried_again_is_in_one_place() {
    let disk = Disk::default();
    {
        let outbox = disk.open();
        commit(&outbox, [1, 2, 3]);
        reject(&outbox, vec![rejected(&outbox, 1, 1), rejected(&outbox, 3, 3)]);
        let wanted = [3, 77].map(SequenceNumber::new).into_iter().collect();
        assert_eq!(outbox.retry(&wanted).unwrap(), 1);
        assert_eq!(outbox.retry(&wanted).unwrap(), 0);
        let progress = outbox.progress().borrow().clone();
        assert_eq!((progress.rejected, progress.pending_objects()), (1, 1));
    }
    let outbox = disk.open();
    assert_eq!(outbox.rejected().unwrap(), [rejected(&outbox, 1, 1)]);
    assert_eq!(stored(&outbox), [(4, 3)]);
}

#[test]
fn a_rejected_object_keeps_its_class_when_it_is_tried_again() {
    const OLD: &[ObjectSchema] = &[ObjectSchema::new("Reading", &[])];
    let place = Place::new();
    let old = {
        let outbox = Outbox::open(&place.path(), "app", &RealmSchema::new(OLD)).unwrap();
        commit(&outbox, [1]);
        reject(&outbox, vec![rejected(&outbox, 1, 1)]);
        outbox.identity().members[0]
    };
    // A newer firmware has another schema of the same name.
    let outbox = place.open();
    assert_ne!(outbox.identity().members[0], old);
    assert_eq!(outbox.retry(&[SequenceNumber::new(1)].into_iter().collect()).unwrap(), 1);
    assert_eq!(chunks(&outbox)[0].classes, [old]);
}

#[test]
fn discarded_objects_are_gone() {
    let disk = Disk::default();
    {
        let outbox = disk.open();
        commit(&outbox, [1, 2]);
        reject(&outbox, vec![rejected(&outbox, 1, 1), rejected(&outbox, 2, 2)]);
        let discarded = outbox.discard(&[SequenceNumber::new(1)].into_iter().collect());
        assert_eq!(discarded.unwrap(), 1);
        assert_eq!(outbox.progress().borrow().rejected, 1);
    }
    let outbox = disk.open();
    assert_eq!(outbox.rejected().unwrap(), [rejected(&outbox, 2, 2)]);
}

#[test]
fn many_rejected_objects_are_tried_again_in_several_commits() {
    let outbox = Disk::default().open();
    commit(&outbox, 0..200);
    let object = |number: u64| RejectedObject {
        bson: doc! { "_id": 0_i64, "padding": "x".repeat(20_000) }.to_vec().unwrap(),
        ..rejected(&outbox, number, 0)
    };
    reject(&outbox, (1..=200).map(object).collect());
    let all = (1..=200).map(SequenceNumber::new).collect();
    assert_eq!(outbox.retry(&all).unwrap(), 200);
    assert_eq!(outbox.rejected().unwrap(), []);
    assert_eq!(chunks(&outbox).iter().map(StoredChunk::objects).sum::<u64>(), 200);
}
