//! What only the embedded store does: files, locks, crashes.

use std::{fs, path::Path, sync::Arc};

use bson::rawdoc;
use redb::TableDefinition;

use super::{insert, namespace, outcomes};
use crate::store::{EmbeddedStore, OpenError, Outcome, Store};

async fn open(directory: &Path) -> EmbeddedStore {
    EmbeddedStore::open(directory).await.unwrap()
}

#[tokio::test]
async fn documents_are_there_after_reopening() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).await;
    outcomes(&store, insert("readings", [rawdoc! { "_id": 1 }])).await;
    drop(store);

    let store = open(directory.path()).await;
    assert_eq!(store.count(&namespace("readings")).await.unwrap(), 1);
    let again = outcomes(&store, insert("readings", [rawdoc! { "_id": 1 }])).await;
    assert_eq!(again, [Outcome::AlreadyThere]);
}

/// The file as a crash leaves it: whatever was written so far, nothing closed.
#[tokio::test]
async fn whatever_was_answered_survives_a_crash_at_any_time() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).await;
    for round in 0..10_i32 {
        let documents = (0..100).map(|n| rawdoc! { "_id": round * 100 + n, "t": "x".repeat(50) });
        outcomes(&store, insert("readings", documents)).await;

        let crashed = tempfile::tempdir().unwrap();
        fs::copy(directory.path().join("documents.redb"), crashed.path().join("documents.redb"))
            .unwrap();
        let recovered = open(crashed.path()).await;
        let readings = namespace("readings");
        assert_eq!(
            recovered.count(&readings).await.unwrap(),
            (u64::from(round.unsigned_abs()) + 1) * 100
        );
        let last = recovered.get(&readings, (round * 100 + 99).into()).await.unwrap();
        assert!(last.is_some());
    }
}

#[tokio::test]
async fn what_a_crash_left_of_a_new_file_is_made_again() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("documents.redb.new"), b"half of a header").unwrap();
    let store = open(directory.path()).await;
    outcomes(&store, insert("readings", [rawdoc! { "_id": 1 }])).await;
    assert!(!directory.path().join("documents.redb.new").exists());
}

#[tokio::test]
async fn a_file_that_is_in_use_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).await;
    let error = EmbeddedStore::open(directory.path()).await.unwrap_err();
    assert!(matches!(error, OpenError::InUse { .. }));
    assert!(error.to_string().contains("documents.redb"));
    drop(store);
    open(directory.path()).await;
}

#[tokio::test]
async fn a_newer_format_and_foreign_files_are_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    drop(open(directory.path()).await);
    let file = directory.path().join("documents.redb");
    let database = redb::Database::open(&file).unwrap();
    let write = database.begin_write().unwrap();
    let meta = TableDefinition::<&str, u64>::new("meta");
    write.open_table(meta).unwrap().insert("format", 2).unwrap();
    write.commit().unwrap();
    drop(database);
    let error = EmbeddedStore::open(directory.path()).await.unwrap_err();
    assert!(matches!(error, OpenError::Format { found: 2, .. }));

    fs::write(&file, b"something else entirely").unwrap();
    let error = EmbeddedStore::open(directory.path()).await.unwrap_err();
    assert!(matches!(error, OpenError::Database { .. }));
    assert_eq!(fs::read(&file).unwrap(), b"something else entirely");
}

#[tokio::test]
async fn a_change_goes_on_when_nobody_waits_for_it() {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(open(directory.path()).await);
    let waiting = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.insert(vec![insert("readings", [rawdoc! { "_id": 1 }])]).await }
    });
    // Let it hand over its job, and go away.
    tokio::task::yield_now().await;
    waiting.abort();
    drop(waiting.await);
    // The writer works in order, so an answer to this one means that the other is done.
    outcomes(&*store, insert("readings", [rawdoc! { "_id": 2 }])).await;
    let count = store.count(&namespace("readings")).await.unwrap();
    assert_eq!(count, 2);
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt;

    let directory = tempfile::tempdir().unwrap();
    drop(EmbeddedStore::open(directory.path()).await.unwrap());
    let mode = |file: fs::DirEntry| file.metadata().unwrap().permissions().mode() & 0o777;
    let modes: Vec<_> =
        fs::read_dir(directory.path()).unwrap().map(|file| mode(file.unwrap())).collect();
    assert_eq!(modes, [0o600]);
}
