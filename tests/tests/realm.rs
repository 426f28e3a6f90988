//! Writing into a realm whose server cannot be reached.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use asymmetric::{App, Durability, Realm, WriteError, asymmetric, realm_schema};

#[asymmetric(database = "telemetry")]
struct Reading {
    #[asymmetric(primary_key)]
    id: i64,
}

realm_schema! { struct Telemetry = [Reading]; }

/// A realm in a directory of its own, opened with this durability.
fn realm(durability: Durability) -> (tempfile::TempDir, Realm<Telemetry>) {
    let directory = tempfile::tempdir().unwrap();
    // Nobody listens on port 9.
    let app = App::builder("offline").base_url("http://127.0.0.1:9").build().unwrap();
    let user = app.log_in_later(asymmetric::Credentials::anonymous());
    let path = directory.path().join("test.realm");
    let realm = Realm::builder(&user, path).durability(durability).open().unwrap();
    (directory, realm)
}

fn readings(ids: impl IntoIterator<Item = i64>) -> impl Iterator<Item = Reading> {
    ids.into_iter().map(|id| Reading { id })
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
                tx.create(Reading { id: 1 })?;
                Ok((before, tx.durability()))
            })
            .unwrap();
        assert_eq!((before, after), (durability, Durability::Paranoid));
        assert_eq!(realm.sync_session().progress().pending_objects(), 1);
        // The next one knows nothing of it.
        assert_eq!(realm.write(|tx| Ok(tx.durability())).unwrap(), durability);
    }
}
