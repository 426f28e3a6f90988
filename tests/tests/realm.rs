//! Writing into a realm whose server cannot be reached.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use asymmetric::{App, Durability, Realm, WriteError, asymmetric, realm_schema};

#[asymmetric(database = "telemetry")]
struct Reading {
    #[asymmetric(primary_key)]
    id: i64,
    note: Option<String>,
}

realm_schema! { struct Telemetry = [Reading]; }

/// A realm in a directory of its own, opened with this durability.
fn realm(durability: Durability) -> (tempfile::TempDir, Realm<Telemetry>) {
    let directory = tempfile::tempdir().unwrap();
    let realm = open(&directory, durability);
    (directory, realm)
}

fn open(directory: &tempfile::TempDir, durability: Durability) -> Realm<Telemetry> {
    // Nobody listens on port 9.
    let app = App::builder("offline").base_url("http://127.0.0.1:9").build().unwrap();
    let user = app.log_in_later(asymmetric::Credentials::anonymous());
    let path = directory.path().join("test.realm");
    Realm::builder(&user, path).durability(durability).open().unwrap()
}

fn reading(id: i64) -> Reading {
    Reading { id, note: None }
}

fn pending(realm: &Realm<Telemetry>) -> u64 {
    realm.sync_session().progress().pending_objects()
}

fn readings(ids: impl IntoIterator<Item = i64>) -> impl Iterator<Item = Reading> {
    ids.into_iter().map(reading)
}

#[test]
fn many_objects_are_written_together_or_not_at_all() {
    let (_directory, realm) = realm(Durability::Durable);
    realm.create_all(readings([])).unwrap();
    assert_eq!(realm.sync_session().progress().pending_objects(), 0);

    let refused = realm.create_all(readings([1, 2, 1]));
    assert!(matches!(refused, Err(WriteError::DuplicatePrimaryKey { .. })), "{refused:?}");
    assert_eq!(realm.sync_session().progress().pending_objects(), 0);

    realm.create_all(readings([1, 2, 3])).unwrap();
    assert_eq!(realm.sync_session().progress().pending_objects(), 3);
}

#[test]
fn a_transaction_starts_with_the_durability_of_its_realm_and_may_change_it() {
    for durability in [Durability::Durable, Durability::Paranoid] {
        let (_directory, realm) = realm(durability);
        let (before, after) = realm
            .write(|tx| {
                let before = tx.durability();
                tx.set_durability(Durability::Paranoid);
                tx.create(reading(1))?;
                Ok((before, tx.durability()))
            })
            .unwrap();
        assert_eq!((before, after), (durability, Durability::Paranoid));
        assert_eq!(realm.sync_session().progress().pending_objects(), 1);
        // The next one knows nothing of it.
        assert_eq!(realm.write(|tx| Ok(tx.durability())).unwrap(), durability);
    }
}

#[test]
fn an_error_or_a_panic_in_a_transaction_writes_nothing_and_the_next_one_works() {
    let (_directory, realm) = realm(Durability::Durable);
    let aborted = realm.write(|tx| {
        tx.create(reading(1))?;
        Err::<(), _>(WriteError::abort("changed my mind"))
    });
    assert!(matches!(aborted, Err(WriteError::Aborted(_))), "{aborted:?}");
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        realm.write(|tx| {
            tx.create(reading(1))?;
            panic!("a bug of the caller");
            #[expect(unreachable_code, reason = "says what the closure would return")]
            Ok(())
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(pending(&realm), 0);
    // The keys of what was rolled back are free again.
    realm.create(reading(1)).unwrap();
    assert_eq!(pending(&realm), 1);
}

#[test]
fn an_object_larger_than_mongodb_accepts_is_refused_and_the_others_are_written() {
    const LIMIT: usize = 16 * 1024 * 1024;
    let (_directory, realm) = realm(Durability::Durable);
    let large = |id, bytes| Reading { id, note: Some("x".repeat(bytes)) };
    let error = realm.create(large(1, LIMIT)).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("`Reading`") && text.contains("MongoDB accepts 16777216"), "{text}");
    let ticket = realm.create(large(2, LIMIT - 100)).unwrap();
    assert_eq!(ticket.objects().end.get() - ticket.objects().start.get(), 1);
    assert_eq!(pending(&realm), 1);
}

#[test]
fn transactions_inside_each_other_are_two() {
    let (_directory, realm) = realm(Durability::Durable);
    realm
        .write(|outer| {
            outer.create(reading(1))?;
            realm.create(reading(1))?;
            assert_eq!(pending(&realm), 1);
            outer.create(reading(2))
        })
        .unwrap();
    assert_eq!(pending(&realm), 3);
}

#[test]
fn a_buffered_write_is_durable_when_its_ticket_says_so() {
    let max_delay = Duration::from_millis(1);
    let (_directory, realm) = realm(Durability::Buffered { max_delay, max_bytes: 1 << 20 });
    let ticket = realm.create_all(readings([1, 2])).unwrap();
    ticket.durable().wait().unwrap();
    assert_eq!(pending(&realm), 2);
}

#[test]
fn flushing_does_not_wait_for_the_window() {
    let max_delay = Duration::from_hours(1);
    let (_directory, realm) = realm(Durability::Buffered { max_delay, max_bytes: 1 << 20 });
    let ticket = realm.create(reading(1)).unwrap();
    assert_eq!(pending(&realm), 0);
    realm.flush().unwrap();
    assert_eq!(pending(&realm), 1);
    ticket.durable().wait().unwrap();
}

#[test]
fn what_is_buffered_survives_dropping_the_realm() {
    let max_delay = Duration::from_hours(1);
    let (directory, first) = realm(Durability::Buffered { max_delay, max_bytes: 1 << 20 });
    first.create(reading(1)).unwrap();
    drop(first);
    assert_eq!(pending(&open(&directory, Durability::Durable)), 1);

    let second = open(&directory, Durability::Buffered { max_delay, max_bytes: 1 << 20 });
    let clone = second.clone();
    second.create(reading(2)).unwrap();
    second.close().unwrap();
    assert!(matches!(clone.create(reading(3)), Err(WriteError::Closed)));
    drop(clone);
    assert_eq!(pending(&open(&directory, Durability::Durable)), 2);
}

#[tokio::test]
async fn every_form_of_writing_has_one_for_tasks() {
    let (_directory, realm) = realm(Durability::Durable);
    let tasks: Vec<_> = (0..32)
        .map(|task| {
            let realm = realm.clone();
            tokio::spawn(async move {
                let first = task * 10;
                realm.create_async(reading(first)).await?;
                realm.create_all_async(readings([first + 1, first + 2])).await?;
                let answer = realm.write_async(|tx| tx.create(reading(first + 3)).map(|()| 42));
                assert_eq!(answer.await?, 42);
                let write = realm.write_with_ticket_async(|tx| tx.create(reading(first + 4)));
                let ((), ticket) = write.await?;
                ticket.durable().await
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(pending(&realm), 5 * 32);

    let refused = realm.create_all_async(readings([1, 1])).await;
    assert!(matches!(refused, Err(WriteError::DuplicatePrimaryKey { .. })), "{refused:?}");
    assert_eq!(pending(&realm), 5 * 32);
}

#[tokio::test]
async fn tasks_can_write_buffered_and_flush() {
    let max_delay = Duration::from_hours(1);
    let (_directory, realm) = realm(Durability::Buffered { max_delay, max_bytes: 1 << 20 });
    let ticket = realm.create_async(reading(1)).await.unwrap();
    assert_eq!(pending(&realm), 0);
    realm.flush_async().await.unwrap();
    ticket.durable().await.unwrap();
    assert_eq!(pending(&realm), 1);
}

/// What writing this many objects in one transaction allocates on this thread, once memory is warm.
fn allocations(realm: &Realm<Telemetry>, objects: i64, first: i64) -> u64 {
    let write = |first| {
        realm
            .write(|tx| (first..first + objects).try_for_each(|id| tx.create(reading(id))))
            .unwrap();
    };
    (0..3).for_each(|round| write(first + round * objects));
    allocation_counter::measure(|| write(first + 3 * objects)).count_total
}

#[test]
fn no_object_of_a_transaction_costs_an_allocation() {
    let max_delay = Duration::from_hours(1);
    let (_directory, realm) = realm(Durability::Buffered { max_delay, max_bytes: 1 << 20 });
    let few = allocations(&realm, 10, 0);
    realm.flush().unwrap();
    let many = allocations(&realm, 1_000, 1_000);
    // The queue of the commit may have to grow for the last of them.
    assert!(many <= few + 3, "10 objects: {few} allocations, 1,000 objects: {many}");
}
