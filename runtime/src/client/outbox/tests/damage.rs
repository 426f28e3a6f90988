//! Chunks that the disk did not keep.

use super::*;

/// Changes the table of chunks behind the outbox's back.
fn tamper(place: &Place, change: impl FnOnce(&mut redb::Table<'_, u64, &'static [u8]>)) {
    let database = Database::open(place.path()).unwrap();
    let transaction = database.begin_write().unwrap();
    change(&mut transaction.open_table(meta::CHUNKS).unwrap());
    transaction.commit().unwrap();
}

fn flip(place: &Place, key: u64) {
    tamper(place, |chunks| {
        let mut row = chunks.get(key).unwrap().unwrap().value().to_vec();
        row[45] ^= 1;
        chunks.insert(key, row.as_slice()).unwrap();
    });
}

/// A file with the chunks 1..3, 3..5 and 5..7.
fn three_chunks() -> Place {
    let place = Place::new();
    let outbox = place.open();
    for first in [1, 3, 5] {
        commit(&outbox, [first, first + 1]);
    }
    place
}

fn ranges(outbox: &Outbox) -> Vec<(u64, u64)> {
    let chunks = outbox.damaged().unwrap();
    chunks.iter().map(|chunk| (chunk.first.get(), chunk.end.get())).collect()
}

#[test]
fn a_damaged_chunk_blocks_nobody_and_is_kept_aside() {
    let place = three_chunks();
    flip(&place, 3);
    {
        let outbox = place.open();
        let mut events = outbox.events();
        assert_eq!(stored(&outbox), [(1, 1), (2, 2), (5, 5), (6, 6)]);
        let event = events.try_recv().unwrap();
        assert!(
            matches!(&event, OutboxEvent::Damaged { first, end, what }
                if (first.get(), end.get()) == (3, 5) && what.contains("checksum")),
            "{event:?}"
        );
        // Reading again tells nothing new.
        stored(&outbox);
        assert!(events.try_recv().is_err());
        let progress = outbox.progress().borrow().clone();
        assert_eq!((progress.damaged_chunks, progress.pending_objects()), (1, 4));

        outbox.settle(&chunks(&outbox));
        outbox.flush().unwrap();
        assert_eq!(outbox.progress().borrow().settled_below, SequenceNumber::new(7));
    }
    let outbox = place.open();
    assert_eq!(ranges(&outbox), [(3, 5)]);
    assert!(!outbox.damaged().unwrap()[0].bytes.is_empty());
    let progress = outbox.progress().borrow().clone();
    assert_eq!((progress.damaged_chunks, progress.pending_objects()), (1, 0));
    assert_eq!(commit(&outbox, [7]).start, SequenceNumber::new(7));
}

#[test]
fn a_damaged_chunk_that_has_not_left_yet_is_counted_once() {
    let place = three_chunks();
    flip(&place, 3);
    for _ in 0..2 {
        let outbox = place.open();
        assert_eq!(stored(&outbox).len(), 4);
        outbox.flush().unwrap();
        let progress = outbox.progress().borrow().clone();
        assert_eq!((progress.damaged_chunks, progress.pending_objects()), (1, 4));
    }
}

#[test]
fn a_file_opens_although_its_first_chunk_is_damaged() {
    let place = three_chunks();
    flip(&place, 1);
    let outbox = place.open();
    assert_eq!(ranges(&outbox), [(1, 3)]);
    assert_eq!(outbox.progress().borrow().pending_objects(), 4);
    assert_eq!(stored(&outbox), [(3, 3), (4, 4), (5, 5), (6, 6)]);
    commit(&outbox, [7]);
    assert_eq!(stored(&outbox).len(), 5);
}

#[test]
fn numbers_are_not_used_twice_behind_a_damaged_last_chunk() {
    let place = three_chunks();
    flip(&place, 5);
    let next = {
        let outbox = place.open();
        assert_eq!(stored(&outbox), [(1, 1), (2, 2), (3, 3), (4, 4)]);
        assert_eq!(outbox.progress().borrow().pending_objects(), 4);
        commit(&outbox, [7]).start
    };
    assert!(next.get() > u64::from(u32::MAX));
    let outbox = place.open();
    assert_eq!(ranges(&outbox), [(5, next.get())]);
    assert_eq!(stored(&outbox).last(), Some(&(next.get(), 7)));
    assert_eq!(outbox.progress().borrow().pending_objects(), 5);
    outbox.settle(&chunks(&outbox));
    outbox.flush().unwrap();
    assert_eq!(outbox.progress().borrow().pending_objects(), 0);
    assert!(chunks(&outbox).is_empty());
}

#[test]
fn a_file_opens_although_every_chunk_is_damaged() {
    let place = three_chunks();
    for key in [1, 3, 5] {
        flip(&place, key);
    }
    let outbox = place.open();
    assert!(stored(&outbox).is_empty());
    assert_eq!(ranges(&outbox).len(), 3);
    assert_eq!(outbox.progress().borrow().pending_objects(), 0);
    commit(&outbox, [7]);
    assert_eq!(stored(&outbox).len(), 1);
}

#[test]
fn a_missing_chunk_is_noticed_and_blocks_nobody() {
    let place = three_chunks();
    tamper(&place, |chunks| drop(chunks.remove(3).unwrap().unwrap()));
    let outbox = place.open();
    assert_eq!(stored(&outbox), [(1, 1), (2, 2), (5, 5), (6, 6)]);
    outbox.settle(&chunks(&outbox));
    outbox.flush().unwrap();
    assert!(chunks(&outbox).is_empty());
    let damaged = outbox.damaged().unwrap();
    assert_eq!((damaged[0].first.get(), damaged[0].end.get()), (3, 5));
    assert_eq!((damaged[0].what.as_str(), damaged[0].bytes.len()), ("the chunk is missing", 0));
}

#[test]
fn a_missing_chunk_is_noticed_when_reading_starts_where_it_was() {
    let place = three_chunks();
    tamper(&place, |chunks| drop(chunks.remove(3).unwrap().unwrap()));
    let outbox = place.open();
    let read = outbox.read_chunks(SequenceNumber::new(3), |_| ControlFlow::Continue(()));
    assert_eq!(read.unwrap(), SequenceNumber::new(7));
    assert_eq!(outbox.progress().borrow().damaged_chunks, 1);
}

#[test]
fn reading_from_the_middle_of_a_chunk_finds_nothing_wrong() {
    let place = three_chunks();
    let outbox = place.open();
    let mut firsts = Vec::new();
    let read = outbox.read_chunks(SequenceNumber::new(2), |chunk| {
        firsts.push(chunk.first.get());
        ControlFlow::Continue(())
    });
    read.unwrap();
    assert_eq!(firsts, [3, 5]);
    assert_eq!(outbox.progress().borrow().damaged_chunks, 0);
}

#[test]
fn a_chunk_in_the_place_of_another_is_told() {
    let place = three_chunks();
    tamper(&place, |chunks| {
        let row = chunks.get(1).unwrap().unwrap().value().to_vec();
        chunks.insert(3, row.as_slice()).unwrap();
    });
    let outbox = place.open();
    assert_eq!(stored(&outbox), [(1, 1), (2, 2), (5, 5), (6, 6)]);
    outbox.flush().unwrap();
    assert!(outbox.damaged().unwrap()[0].what.contains("says that it is that at 1"));
}
