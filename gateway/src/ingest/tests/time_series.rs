//! Exactly once into a collection that takes a document twice.

use std::{collections::BTreeMap, sync::Arc};

use asymmetric_schema::{ClassDocument, Granularity, Lock, Place, TimeSeries};
use asymmetric_testkit::MongoServer;
use axum::body::Body;
use bson::{RawDocumentBuf, doc, rawdoc};
use futures_util::TryStreamExt;
use mongodb::Client;
use serde_json::json;

use crate::{
    Gateway, MongoStore, Namespace, Store,
    apps::AppFiles,
    store::CollectionKind,
    testing::{Answer, KillingStore, batch, class, log_in, ranges, send, upload},
};

struct World {
    server: MongoServer,
    store: Arc<MongoStore>,
}

fn readings() -> Namespace {
    Namespace::new("plant", "readings").unwrap()
}

/// A reading, each of a class that flags its collection as a time series.
fn reading(id: i32) -> RawDocumentBuf {
    let at = bson::DateTime::from_millis(1_700_000_000_000 + i64::from(id) * 60_000);
    rawdoc! { "_id": id, "at": at, "station": "KJFK", "celsius": 20.5 }
}

fn batch_of(first: u64, ids: impl IntoIterator<Item = i32>) -> Vec<u8> {
    let mut class = class(1, "plant", "readings");
    class.time_series = true;
    let documents: Vec<_> = ids.into_iter().map(|id| (1, reading(id))).collect();
    batch(&[class], first, &documents)
}

impl World {
    async fn start() -> Self {
        let server = MongoServer::start().unwrap();
        let store = Arc::new(MongoStore::connect(&server.uri()).await.unwrap());
        Self { server, store }
    }

    async fn create(&self) {
        let client = Client::with_uri_str(self.server.uri()).await.unwrap();
        let options = doc! { "timeField": "at", "metaField": "station" };
        let create = doc! { "create": "readings", "timeseries": options };
        client.database("plant").run_command(create).await.unwrap();
    }

    async fn gateway(&self) -> (Gateway, KillingStore) {
        let store = KillingStore::new(self.store.clone());
        let gateway = Gateway::builder(Arc::new(store.clone())).dev(true).build().await.unwrap();
        (gateway, store)
    }

    /// How often each `_id` is there.
    async fn found(&self) -> BTreeMap<i32, usize> {
        let readings = readings();
        let documents: Vec<_> = self.store.find(&readings).try_collect().await.unwrap();
        let mut found = BTreeMap::new();
        for document in documents {
            *found.entry(document.get_i32("_id").unwrap()).or_default() += 1;
        }
        found
    }
}

async fn answer(gateway: &Gateway, token: &str, batch: Vec<u8>) -> Answer {
    send(gateway, upload(token, Body::from(batch))).await
}

/// Kills the gateway before and after each of its calls, once and again in the next attempt.
#[tokio::test]
async fn killing_the_gateway_between_any_two_steps_loses_and_doubles_nothing() {
    let world = World::start().await;
    world.create().await;
    let token = log_in(&world.gateway().await.0).await;
    let (mut first, mut next_id) = (1, 0);
    let mut expected = BTreeMap::new();
    let mut points = 0;
    loop {
        let ids = next_id..next_id + 3;
        let mut killed = 0;
        // The second gateway dies at the same point, the third one lives.
        for attempt in 0..3 {
            let (gateway, store) = world.gateway().await;
            if attempt < 2 {
                store.kill_after(points);
            }
            tokio::select! {
                biased;
                answer = answer(&gateway, &token, batch_of(first, ids.clone())) => {
                    let answer = answer.acknowledgement();
                    assert_eq!(ranges(&answer), [(first, first + 2)], "point {points}");
                }
                () = store.killed() => killed += 1,
            }
        }
        expected.extend(ids.clone().map(|id| (id, 1)));
        assert_eq!(world.found().await, expected, "killed at point {points}");
        if killed == 0 {
            break;
        }
        (first, next_id) = (first + 3, next_id + 3);
        points += 1;
    }
    // Kind, read, announce, insert, settle: each has two points.
    assert!(points >= 10, "{points} points");
}

#[tokio::test]
async fn a_batch_that_is_sent_again_is_acknowledged_and_not_stored_again() {
    let world = World::start().await;
    world.create().await;
    let (gateway, _) = world.gateway().await;
    let token = log_in(&gateway).await;
    for _ in 0..2 {
        let answer = answer(&gateway, &token, batch_of(1, 0..5)).await.acknowledgement();
        assert_eq!(ranges(&answer), [(1, 5)]);
    }
    // Also by another gateway, and together with what is new.
    let (other, _) = world.gateway().await;
    let answer = answer(&other, &token, batch_of(1, 0..7)).await.acknowledgement();
    assert_eq!(ranges(&answer), [(1, 7)]);
    assert_eq!(world.found().await, (0..7).map(|id| (id, 1)).collect());
    assert_eq!((gateway.counters().duplicates, other.counters().duplicates), (5, 5));
}

#[tokio::test]
async fn a_rejected_object_stays_rejected_when_its_batch_is_sent_again() {
    let world = World::start().await;
    world.create().await;
    let (gateway, _) = world.gateway().await;
    let token = log_in(&gateway).await;
    // No time, so MongoDB refuses it.
    let documents =
        [(1, reading(0)), (1, rawdoc! { "_id": 1, "station": "KJFK" }), (1, reading(2))];
    let batch = batch(&[class(1, "plant", "readings")], 1, &documents);
    for _ in 0..2 {
        let answer = answer(&gateway, &token, batch.clone()).await.acknowledgement();
        assert_eq!(ranges(&answer), [(1, 1), (3, 3)]);
        assert_eq!(answer.rejected.len(), 1);
        assert_eq!(answer.rejected[0].code.as_str(), "store_refused");
    }
    assert_eq!(world.found().await, BTreeMap::from([(0, 1), (2, 1)]));
}

#[tokio::test]
async fn objects_wait_on_the_device_until_their_time_series_collection_exists() {
    let world = World::start().await;
    let (gateway, _) = world.gateway().await;
    let token = log_in(&gateway).await;
    let refused = answer(&gateway, &token, batch_of(1, 0..2)).await;
    assert_eq!(refused.error(), (503, "TimeSeriesMissing".to_owned()));
    world.create().await;
    answer(&gateway, &token, batch_of(1, 0..2)).await.acknowledgement();
    assert_eq!(world.found().await, BTreeMap::from([(0, 1), (1, 1)]));
}

/// An app whose lock says that readings are a time series.
fn locked() -> (AppFiles, ClassDocument) {
    let schema = json!({
        "title": "readings", "bsonType": "object", "required": ["_id", "at", "station", "celsius"],
        "properties": {
            "_id": {"bsonType": "int"}, "at": {"bsonType": "date"},
            "station": {"bsonType": "string"}, "celsius": {"bsonType": "double"},
        }
    });
    let place = Place {
        data_source: "mongodb-atlas".to_owned(),
        database: "plant".to_owned(),
        collection: "readings".to_owned(),
    };
    let mut class = ClassDocument::from_json(place, schema.clone(), None).unwrap();
    class.time_series = Some(TimeSeries {
        time: "at".to_owned().into(),
        meta: Some("station".to_owned().into()),
        granularity: Granularity::Minutes,
    });
    let mut lock = Lock::default();
    lock.accept("Telemetry", std::slice::from_ref(&class)).unwrap();
    let rules = json!({
        "database": "plant", "collection": "readings",
        "roles": [{ "name": "own", "apply_when": {}, "write": { "station": "%%values.station" } }]
    });
    let folder = "data_sources/mongodb-atlas/plant/readings";
    let mut files = AppFiles::default();
    for (path, text) in [
        ("root_config.json", json!({ "name": "weather-abcde" }).to_string()),
        (
            "auth/providers.json",
            json!({ "anon-user": { "name": "anon-user", "type": "anon-user" } }).to_string(),
        ),
        (
            "data_sources/mongodb-atlas/config.json",
            json!({ "name": "mongodb-atlas", "type": "mongodb-atlas" }).to_string(),
        ),
        (&format!("{folder}/schema.json"), schema.to_string()),
        (&format!("{folder}/rules.json"), rules.to_string()),
        (
            "values/station.json",
            json!({ "name": "station", "value": "KJFK", "from_secret": false }).to_string(),
        ),
        ("schema.lock", lock.to_string()),
    ] {
        files.insert(path, text).unwrap();
    }
    (files, class)
}

#[tokio::test]
async fn the_collection_of_a_time_series_is_made_before_its_first_object() {
    for says_so in ["schema.lock", "data_sources/mongodb-atlas/plant/readings/time_series.json"] {
        made_by(says_so).await;
    }
}

/// One of the two files that know of the time series is there.
async fn made_by(says_so: &str) {
    let world = World::start().await;
    let (mut files, locked) = locked();
    if says_so != "schema.lock" {
        files.remove("schema.lock");
        let options = locked.time_series.as_ref().unwrap().to_json();
        files.insert(says_so, options.to_string()).unwrap();
    }
    let gateway = Gateway::builder(world.store.clone()).app(files).build().await.unwrap();
    let token = log_in(&gateway).await;
    let mut class = class(1, "plant", "readings");
    (class.time_series, class.fingerprint) = (true, locked.fingerprint());
    let elsewhere = rawdoc! {
        "_id": 9, "at": bson::DateTime::from_millis(0), "station": "KLGA", "celsius": 1.5,
    };
    let batch = batch(&[class], 1, &[(1, reading(0)), (1, elsewhere), (1, reading(2))]);
    let answer = answer(&gateway, &token, batch).await.acknowledgement();
    assert_eq!(ranges(&answer), [(1, 1), (3, 3)]);
    assert_eq!(answer.rejected[0].code.as_str(), "write_not_allowed");
    assert_eq!(world.store.kind(&readings()).await.unwrap(), CollectionKind::TimeSeries);
    assert_eq!(world.found().await, BTreeMap::from([(0, 1), (2, 1)]));
}
