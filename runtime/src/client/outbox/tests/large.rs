//! Transactions that are larger than memory shall hold.

use super::{disk::Disk, *};

const PADDING: usize = 100_000;

/// Adds an object of about 100 KB.
fn push(draft: &mut Draft, outbox: &Outbox, id: i64) -> Result<(), Arc<io::Error>> {
    let pushed = draft.push_with(outbox.identity().members[0], |documents, keys| {
        let start = documents.len();
        documents.extend(doc! { "_id": id, "padding": "x".repeat(PADDING) }.to_vec().unwrap());
        if keys.insert(outbox.identity().members[0], documents, start) { Ok(()) } else { Err(()) }
    });
    pushed.unwrap();
    draft.relieve(outbox.directory())
}

fn draft(outbox: &Outbox, ids: impl IntoIterator<Item = i64>) -> Draft {
    let mut draft = Draft::default();
    for id in ids {
        push(&mut draft, outbox, id).unwrap();
    }
    draft
}

fn ids(outbox: &Outbox) -> Vec<i64> {
    stored(outbox).into_iter().map(|(_, id)| id).collect()
}

#[test]
fn a_transaction_larger_than_memory_is_one_commit_and_takes_no_more_than_its_share() {
    let disk = Disk::default();
    let outbox = disk.open();
    commit(&outbox, [-1]);
    let mut draft = Draft::default();
    for id in 0..200 {
        push(&mut draft, &outbox, id).unwrap();
        assert!(draft.objects.bytes() < 8 * 1024 * 1024);
    }
    assert_eq!(draft.len(), 200);
    assert!(draft.finish(outbox.directory()).unwrap().is_none());
    assert!(draft.objects.is_empty());

    let syncs = disk.syncs();
    let written = outbox.commit_draft(&mut draft, Durability::Durable).unwrap();
    assert_eq!(written, SequenceNumber::new(2)..SequenceNumber::new(202));
    assert!(draft.spill.is_none());
    // One for the commit, and redb syncs each time it makes a file longer.
    assert!(disk.syncs() - syncs < 12, "{}", disk.syncs() - syncs);
    commit(&outbox, [200]);
    assert_eq!(ids(&outbox), (-1..=200).collect::<Vec<_>>());
    let progress = outbox.progress().borrow().clone();
    assert_eq!(progress.pending_objects(), 202);
    drop(outbox);

    let outbox = disk.open();
    assert_eq!(outbox.progress().borrow().pending_bytes(), progress.pending_bytes());
    assert_eq!(ids(&outbox).len(), 202);
}

#[test]
fn before_the_commit_nothing_is_visible_and_nothing_but_the_file_is_in_the_directory() {
    let place = Place::new();
    let outbox = place.open();
    let mut draft = draft(&outbox, 0..100);
    assert!(draft.spill.is_some());
    let names: Vec<_> = std::fs::read_dir(place.directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["test.realm"]);
    assert!(chunks(&outbox).is_empty());
    draft.clear();
    assert_eq!(draft.len(), 0);
    commit(&outbox, [1]);
    assert_eq!(ids(&outbox), [1]);
}

#[test]
fn equal_keys_are_noticed_however_far_apart() {
    let outbox = Disk::default().open();
    let class = outbox.identity().members[0];
    for (twin, found) in [(-1, None), (0, Some(class)), (99, Some(class))] {
        let mut draft = draft(&outbox, (0..180).chain([twin]));
        assert_eq!(draft.finish(outbox.directory()).unwrap(), found, "{twin}");
    }
}

#[test]
fn large_and_small_transactions_get_numbers_of_their_own() {
    let outbox = Disk::default().open();
    thread::scope(|scope| {
        for writer in 0..3_i64 {
            let outbox = &outbox;
            scope.spawn(move || {
                let first = writer * 1_000;
                let mut draft = draft(outbox, first..first + 100);
                draft.finish(outbox.directory()).unwrap();
                let written = outbox.commit_draft(&mut draft, Durability::Durable).unwrap();
                assert_eq!(written.end.get() - written.start.get(), 100);
            });
            scope.spawn(move || {
                for n in 0..20 {
                    commit(outbox, [writer * 1_000 + 500 + n]);
                }
            });
        }
    });
    let found = stored(&outbox);
    assert_eq!(found.len(), 3 * 120);
    let numbers: Vec<_> = found.iter().map(|(sequence, _)| *sequence).collect();
    assert_eq!(numbers, (1..=360).collect::<Vec<_>>());
    // Each large one stands together, in its order.
    for writer in 0..3 {
        let start = found.iter().position(|(_, id)| *id == writer * 1_000).unwrap();
        let ids: Vec<_> = found[start..start + 100].iter().map(|(_, id)| *id).collect();
        assert_eq!(ids, (writer * 1_000..writer * 1_000 + 100).collect::<Vec<_>>());
    }
    assert_eq!(outbox.progress().borrow().damaged_chunks, 0);
}

#[test]
fn without_a_place_for_its_file_a_large_transaction_can_only_be_rolled_back() {
    let outbox = Disk::default().open();
    let nowhere = Path::new("/there is no such directory");
    let mut draft = Draft::default();
    let mut failed = false;
    for id in 0..100 {
        draft
            .push_with(outbox.identity().members[0], |documents, _| {
                documents.extend(doc! { "_id": id, "p": "x".repeat(PADDING) }.to_vec().unwrap());
                Ok::<_, Infallible>(())
            })
            .unwrap();
        failed |= draft.relieve(nowhere).is_err();
    }
    assert!(failed);
    assert!(draft.finish(nowhere).is_err());
}
