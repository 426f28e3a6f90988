//! What only MongoDB does: indexes and validators of its own, and going away.

use asymmetric_testkit::MongoServer;
use bson::{doc, rawdoc};
use mongodb::{Client, IndexModel, options::IndexOptions};

use super::{insert, namespace, outcomes};
use crate::store::{CollectionKind, Document, MongoStore, Outcome, Store, StoreError};

struct World {
    server: MongoServer,
    store: MongoStore,
    database: mongodb::Database,
}

impl World {
    async fn start() -> Self {
        let server = MongoServer::start().unwrap();
        let store = MongoStore::connect(&server.uri()).await.unwrap();
        let client = Client::with_uri_str(server.uri()).await.unwrap();
        Self { server, store, database: client.database("plant") }
    }

    async fn fail(&self, times: i32, data: bson::Document) {
        let mut fail = doc! { "failCommands": ["insert"] };
        fail.extend(data);
        let command = doc! {
            "configureFailPoint": "failCommand", "mode": { "times": times }, "data": fail,
        };
        self.database.client().database("admin").run_command(command).await.unwrap();
    }
}

#[tokio::test]
async fn a_duplicate_in_another_unique_index_is_refused_unless_the_document_is_there() {
    let world = World::start().await;
    let unique = IndexModel::builder()
        .keys(doc! { "serial": 1 })
        .options(IndexOptions::builder().unique(true).build())
        .build();
    world.database.collection::<bson::Document>("readings").create_index(unique).await.unwrap();

    let first = rawdoc! { "_id": 1, "serial": "a" };
    outcomes(&world.store, insert("readings", [first.clone()])).await;
    let documents =
        [first, rawdoc! { "_id": 2, "serial": "a" }, rawdoc! { "_id": 3, "serial": "b" }];
    let outcomes = outcomes(&world.store, insert("readings", documents)).await;

    assert_eq!(outcomes[0], Outcome::AlreadyThere);
    assert!(matches!(&outcomes[1], Outcome::Refused(reason) if reason.contains("serial")));
    assert_eq!(outcomes[2], Outcome::Inserted);
}

#[tokio::test]
async fn a_document_that_a_validator_refuses_is_refused_with_its_reason() {
    let world = World::start().await;
    let validator =
        doc! { "$jsonSchema": { "properties": { "celsius": { "bsonType": "double" } } } };
    world.database.create_collection("readings").validator(validator).await.unwrap();

    let documents = [
        rawdoc! { "_id": 1, "celsius": 1.5 },
        rawdoc! { "_id": 2, "celsius": "hot" },
        rawdoc! { "_id": 3, "celsius": 2.5 },
    ];
    let outcomes = outcomes(&world.store, insert("readings", documents)).await;

    assert_eq!(outcomes[0], Outcome::Inserted);
    assert!(matches!(&outcomes[1], Outcome::Refused(reason) if reason.contains("validation")));
    assert_eq!(outcomes[2], Outcome::Inserted);
}

#[tokio::test]
async fn the_kind_of_a_collection_is_what_the_server_says() {
    let world = World::start().await;
    let time_series = doc! { "timeField": "at", "metaField": "station" };
    let create = doc! { "create": "readings", "timeseries": time_series };
    world.database.run_command(create).await.unwrap();
    world.database.create_collection("alarms").await.unwrap();
    for (collection, expected) in [
        ("readings", CollectionKind::TimeSeries),
        ("alarms", CollectionKind::Unique),
        ("nothing", CollectionKind::Missing),
    ] {
        assert_eq!(world.store.kind(&namespace(collection)).await.unwrap(), expected);
    }

    // It takes a document twice, and finds it by its `_id`.
    let document = rawdoc! { "_id": 1, "at": bson::DateTime::now(), "station": "a" };
    for _ in 0..2 {
        let outcomes = outcomes(&world.store, insert("readings", [document.clone()])).await;
        assert_eq!(outcomes, [Outcome::Inserted]);
    }
    assert_eq!(world.store.count(&namespace("readings")).await.unwrap(), 2);
    let asked = [document, rawdoc! { "_id": 2, "at": bson::DateTime::now() }];
    let asked = asked.map(|document| Document::try_from(document).unwrap());
    let present = world.store.present(&namespace("readings"), &asked).await.unwrap();
    assert_eq!(present, [true, false]);
}

#[tokio::test]
async fn an_insert_into_a_view_is_refused() {
    let world = World::start().await;
    let view = doc! { "create": "view", "viewOn": "readings", "pipeline": [] };
    world.database.run_command(view).await.unwrap();
    let outcomes = outcomes(&world.store, insert("view", [rawdoc! { "_id": 1 }])).await;
    assert!(matches!(outcomes[..], [Outcome::Refused(_)]), "{outcomes:?}");
}

#[tokio::test]
async fn an_unconfirmed_write_concern_claims_nothing() {
    let world = World::start().await;
    let error = doc! { "writeConcernError": { "code": 64, "errmsg": "waiting timed out" } };
    world.fail(1, error).await;

    let insert = insert("readings", [rawdoc! { "_id": 1 }]);
    let inserted = world.store.insert(vec![insert.clone()]).await;
    assert_eq!(inserted[0].outcomes, [Outcome::Unknown]);
    assert!(matches!(inserted[0].error, Some(StoreError::WriteConcern(_))), "{inserted:?}");

    assert_eq!(outcomes(&world.store, insert).await, [Outcome::AlreadyThere]);
}

#[tokio::test]
async fn trouble_of_the_server_refuses_nothing() {
    let world = World::start().await;
    // NotWritablePrimary, more often than the driver tries again by itself.
    world.fail(5, doc! { "errorCode": 10107 }).await;
    let inserted = world.store.insert(vec![insert("readings", [rawdoc! { "_id": 1 }])]).await;
    assert_eq!(inserted[0].outcomes, [Outcome::Unknown]);
    assert!(matches!(inserted[0].error, Some(StoreError::MongoDb(_))), "{inserted:?}");
}

#[tokio::test]
async fn one_document_the_server_cannot_parse_does_not_hold_up_the_others() {
    let world = World::start().await;
    // BadValue for the whole command, and again for the half that is tried first.
    world.fail(2, doc! { "errorCode": 2 }).await;
    let documents = [rawdoc! { "_id": 1 }, rawdoc! { "_id": 2 }];
    let outcomes = outcomes(&world.store, insert("readings", documents)).await;
    assert!(matches!(outcomes[..], [Outcome::Refused(_), Outcome::Inserted]), "{outcomes:?}");
}

#[tokio::test]
async fn documents_survive_a_killed_server_and_writing_goes_on() {
    let mut world = World::start().await;
    outcomes(&world.store, insert("readings", [rawdoc! { "_id": 1 }])).await;

    world.server.kill().unwrap();
    let inserted = world.store.insert(vec![insert("readings", [rawdoc! { "_id": 2 }])]).await;
    assert_eq!(inserted[0].outcomes, [Outcome::Unknown]);
    assert!(inserted[0].error.is_some());
    assert!(world.store.ping().await.is_err());

    world.server.restart().unwrap();
    let documents = [rawdoc! { "_id": 1 }, rawdoc! { "_id": 2 }];
    let outcomes = outcomes(&world.store, insert("readings", documents)).await;
    assert_eq!(outcomes, [Outcome::AlreadyThere, Outcome::Inserted]);
    assert_eq!(world.store.count(&namespace("readings")).await.unwrap(), 2);
}
