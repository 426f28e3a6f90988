//! Devices that are updated while objects wait.

use asymmetric::{Realm, Schema};
use bson::{Bson, doc};

use crate::support::{Backend, PATIENCE, Site};

mod old {
    use asymmetric::{asymmetric, realm_schema};

    #[asymmetric(database = "e2e", collection = "reports")]
    pub(super) struct Report {
        #[asymmetric(primary_key)]
        pub(super) id: i64,
        pub(super) level: String,
        pub(super) battery: f64,
    }

    realm_schema! { pub(super) struct Reports = [Report]; }
}

/// The same class, with a property less, one of another type, and a new one that is required.
mod new {
    use asymmetric::{asymmetric, realm_schema};

    #[asymmetric(database = "e2e", collection = "reports")]
    pub(super) struct Report {
        #[asymmetric(primary_key)]
        pub(super) id: i64,
        pub(super) level: i32,
        pub(super) station: String,
    }

    realm_schema! { pub(super) struct Reports = [Report]; }
}

fn open<S: Schema>(site: &Site) -> Realm<S> {
    Realm::open(&site.user(), site.realm_path()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_old_firmware_has_written_is_uploaded_as_it_was_by_a_new_one() {
    let backend = Backend::embedded().await;
    let mut site = Site::down(&backend).await;
    let realm = open::<old::Reports>(&site);
    realm.create(old::Report { id: 1, level: "low".into(), battery: 0.5 }).unwrap();
    realm.close().unwrap();
    let realm = open::<new::Reports>(&site);
    realm.create(new::Report { id: 2, level: 3, station: "north".into() }).unwrap();
    realm.close().unwrap();
    // And back again: the update was withdrawn.
    let realm = open::<old::Reports>(&site);
    realm.create(old::Report { id: 3, level: "high".into(), battery: 0.4 }).unwrap();

    site.start();
    realm.sync_session().wait_for_upload(PATIENCE).await.unwrap();
    assert_eq!(realm.sync_session().progress().rejected, 0);
    let mut found = backend.documents("e2e", "reports").await;
    found.sort_by_key(|report| report.get("_id").and_then(Bson::as_i64));
    assert_eq!(
        found,
        [
            doc! { "_id": 1_i64, "level": "low", "battery": 0.5 },
            doc! { "_id": 2_i64, "level": 3, "station": "north" },
            doc! { "_id": 3_i64, "level": "high", "battery": 0.4 },
        ]
    );
}
