//! What an app in development mode learns, and what it refuses.

mod realm;

use std::sync::Arc;

use asymmetric_protocol::{
    ClientFileId,
    ack::Acknowledgement,
    batch::{Announcement, BatchWriter, ClassEntry},
    chunk::{ClassId, Codec},
};
use asymmetric_schema::{ClassDocument, Place, TimeSeries};
use bson::{RawDocumentBuf, rawdoc};
use serde_json::{Value, json};

use super::{RealmClass, Versions, merge::merge};
use crate::{
    EmbeddedStore, Gateway, Namespace,
    apps::{App, AppFiles},
    gateway::BuildError,
    testing::{fill, log_in, ranges, send, upload},
};

const SYNC: &str = "sync/config.json";

fn place(collection: &str) -> Place {
    Place {
        data_source: "mongodb-atlas".to_owned(),
        database: "plant".to_owned(),
        collection: collection.to_owned(),
    }
}

fn class(schema: Value) -> ClassDocument {
    ClassDocument::from_json(place("readings"), schema, None).unwrap()
}

/// A reading with these properties, all of them required.
fn reading(properties: &Value) -> ClassDocument {
    let mut schema = json!({
        "title": "Reading", "bsonType": "object", "required": ["_id"],
        "properties": { "_id": { "bsonType": "int" } },
    });
    for (name, property) in properties.as_object().unwrap() {
        schema["properties"][name] = property.clone();
        schema["required"].as_array_mut().unwrap().push(name.as_str().into());
    }
    class(schema)
}

fn files(environment: &str, development: bool) -> AppFiles {
    let mut files = AppFiles::default();
    let anonymous = json!({ "anon-user": { "name": "anon-user", "type": "anon-user" } });
    for (path, content) in [
        ("root_config.json", json!({ "name": "weather-abcde", "environment": environment })),
        ("auth/providers.json", anonymous),
        (SYNC, json!({ "development_mode_enabled": development })),
    ] {
        files.insert(path, content.to_string()).unwrap();
    }
    files
}

struct World {
    gateway: Gateway,
    store: EmbeddedStore,
    token: String,
    _directory: tempfile::TempDir,
}

impl World {
    async fn new(files: AppFiles) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = EmbeddedStore::open(directory.path()).await.unwrap();
        let gateway = Gateway::builder(Arc::new(store.clone())).app(files);
        let gateway = gateway.build().await.unwrap();
        let token = log_in(&gateway).await;
        Self { gateway, store, token, _directory: directory }
    }

    async fn learning() -> Self {
        Self::new(files("development", true)).await
    }

    /// Another gateway on the same store.
    async fn another(&self) -> Gateway {
        Gateway::builder(Arc::new(self.store.clone()))
            .app(files("development", true))
            .build()
            .await
            .unwrap()
    }

    fn app(&self) -> Arc<App> {
        self.gateway.apps().find("weather-abcde").unwrap()
    }

    fn json(&self, path: &str) -> Value {
        self.app().files.json(path).unwrap()
    }

    async fn send(
        &self,
        class: &ClassDocument,
        announcement: Announcement<'_>,
        first: u64,
        documents: &[RawDocumentBuf],
    ) -> Acknowledgement {
        send_to(&self.gateway, &self.token, class, announcement, first, documents).await
    }

    /// As a client does it: asks, tells, and is answered.
    async fn upload(
        &self,
        class: &ClassDocument,
        first: u64,
        documents: &[RawDocumentBuf],
    ) -> Acknowledgement {
        let asked = self.send(class, Announcement::None, first, documents).await;
        assert_eq!((asked.acknowledged, asked.rejected), (vec![], vec![]), "nothing is said yet");
        assert_eq!(asked.announce, [class.fingerprint()]);
        let json = class.to_announcement().to_string();
        self.send(class, Announcement::Schema(json.as_bytes()), first, documents).await
    }
}

fn entry(class: &ClassDocument) -> ClassEntry {
    ClassEntry {
        id: ClassId::new(1),
        fingerprint: class.fingerprint(),
        time_series: class.time_series.is_some(),
        title: class.title().to_owned(),
        data_source: class.place.data_source.clone(),
        database: class.place.database.clone(),
        collection: class.place.collection.clone(),
    }
}

async fn send_to(
    gateway: &Gateway,
    token: &str,
    class: &ClassDocument,
    announcement: Announcement<'_>,
    first: u64,
    documents: &[RawDocumentBuf],
) -> Acknowledgement {
    let entry = entry(class);
    let client = ClientFileId::from_bytes([7; 12]);
    let batch = BatchWriter::announcing(client, [(&entry, announcement)]);
    let documents = documents.iter().map(|document| (1, document.as_bytes()));
    let batch = fill(batch, Codec::None, first, documents);
    send(gateway, upload(token, batch)).await.acknowledgement()
}

#[tokio::test]
async fn a_class_is_asked_for_learnt_and_a_part_of_the_app_from_then_on() {
    let world = World::learning().await;
    let class = reading(&json!({ "celsius": { "bsonType": "double", "maximum": 100 } }));
    let documents = [rawdoc! { "_id": 1, "celsius": 20.5 }, rawdoc! { "_id": 2, "celsius": 120.0 }];
    let answer = world.upload(&class, 1, &documents).await;
    assert_eq!(ranges(&answer), [(1, 1)]);
    assert_eq!(answer.rejected[0].code.as_str(), "schema_validation_failed");
    assert_eq!(answer.announce, []);

    let folder = "data_sources/mongodb-atlas/plant/readings";
    assert_eq!(world.json(&format!("{folder}/schema.json")), class.schema.to_json());
    assert_eq!(world.json(&format!("{folder}/rules.json"))["roles"][0]["insert"], true);
    assert_eq!(world.json(SYNC)["asymmetric_tables"], json!(["Reading"]));
    assert_eq!(world.json("data_sources/mongodb-atlas/config.json")["name"], "mongodb-atlas");

    // It is known now, here, after a restart, and on another gateway.
    let more = [rawdoc! { "_id": 3, "celsius": 20.5 }];
    assert_eq!(ranges(&world.send(&class, Announcement::None, 3, &more).await), [(3, 3)]);
    let other = world.another().await;
    let answer = send_to(&other, &world.token, &class, Announcement::None, 3, &more).await;
    assert_eq!(ranges(&answer), [(3, 3)]);
}

#[tokio::test]
async fn what_is_added_is_learnt_and_devices_of_both_builds_go_on() {
    let world = World::learning().await;
    let old = reading(&json!({ "celsius": { "bsonType": "double", "maximum": 100 } }));
    world.upload(&old, 1, &[rawdoc! { "_id": 1, "celsius": 20.5 }]).await;
    let new = reading(&json!({
        "celsius": { "bsonType": "double", "maximum": 200 },
        "wind": { "title": "Wind", "bsonType": "object", "required": ["speed"],
                  "properties": { "speed": { "bsonType": "double" } } },
    }));
    let wind = rawdoc! { "speed": 3.5 };
    let document = rawdoc! { "_id": 2, "celsius": 150.0, "wind": wind };
    assert_eq!(ranges(&world.upload(&new, 2, &[document]).await), [(2, 2)]);

    let schema = world.json("data_sources/mongodb-atlas/plant/readings/schema.json");
    assert_eq!(schema["required"], json!(["_id", "celsius"]), "old devices have no wind");
    assert_eq!(schema["properties"]["celsius"]["maximum"], 200);
    assert_eq!(schema["properties"]["wind"]["required"], json!(["speed"]));
    assert_eq!(world.json(Versions::FILE).as_object().unwrap().len(), 2);

    // Each is held against its own version.
    let lacking = [rawdoc! { "_id": 3, "celsius": 20.5 }];
    assert_eq!(ranges(&world.send(&old, Announcement::None, 3, &lacking).await), [(3, 3)]);
    let answer = world.send(&new, Announcement::None, 3, &lacking).await;
    assert_eq!(answer.rejected[0].code.as_str(), "schema_validation_failed");
}

#[tokio::test]
async fn a_change_that_is_not_additive_is_refused_and_the_reason_says_what_to_do() {
    let world = World::learning().await;
    let old = reading(&json!({ "celsius": { "bsonType": "double" } }));
    world.upload(&old, 1, &[rawdoc! { "_id": 1, "celsius": 20.5 }]).await;
    let before = world.app().files.digest();
    for (change, expected) in [
        (json!({ "celsius": { "bsonType": "string" } }), "type_changed at Reading.celsius"),
        (json!({ "kelvin": { "bsonType": "double" } }), "`Reading.celsius` is required"),
        (
            json!({ "celsius": { "bsonType": "double", "minimum": 0 } }),
            "constraint_tightened at Reading.celsius",
        ),
    ] {
        let document = rawdoc! { "_id": 2, "celsius": "warm" };
        let answer = world.upload(&reading(&change), 2, &[document]).await;
        assert_eq!(ranges(&answer), []);
        let rejection = &answer.rejected[0];
        assert_eq!(rejection.code.as_str(), "schema_change_refused");
        assert!(rejection.reason.contains(expected), "{}", rejection.reason);
        assert!(rejection.reason.starts_with("development mode learns only what is added"));
    }
    assert_eq!(world.app().files.digest(), before, "nothing of it stays");
    let mut moved = old.clone();
    moved.place = place("elsewhere");
    let answer = world.upload(&moved, 2, &[rawdoc! { "_id": 2, "celsius": 1.5 }]).await;
    let reason = &answer.rejected[0].reason;
    assert!(reason.contains("collection_changed at Reading"), "{reason}");
}

#[tokio::test]
async fn what_a_device_cannot_announce_is_held_against_what_there_is() {
    let world = World::learning().await;
    let class = reading(&json!({}));
    let document = [rawdoc! { "_id": 1 }];
    let answer = world.send(&class, Announcement::Unavailable, 1, &document).await;
    assert_eq!(answer.rejected[0].code.as_str(), "unknown_class");
    world.upload(&class, 1, &document).await;
    let lost = reading(&json!({ "celsius": { "bsonType": "double" } }));
    let answer = world.send(&lost, Announcement::Unavailable, 2, &[rawdoc! { "_id": 2 }]).await;
    assert_eq!(ranges(&answer), [(2, 2)]);
}

#[tokio::test]
async fn an_announcement_of_something_else_is_refused() {
    let world = World::learning().await;
    let class = reading(&json!({ "celsius": { "bsonType": "double" } }));
    let other = reading(&json!({})).to_announcement().to_string();
    let mut elsewhere = class.clone();
    elsewhere.place = place("system.users");
    let system = elsewhere.to_announcement().to_string();
    let mut folder = class.clone();
    folder.place = place("a/b");
    let slash = folder.to_announcement().to_string();
    for (class, json, expected) in [
        (&class, other.as_str(), "another class was announced"),
        (&class, "{", "cannot be read"),
        (&class, r#"{"schema": {}}"#, "cannot be read"),
        (&elsewhere, system.as_str(), "system.users"),
        (&folder, slash.as_str(), "`a/b` cannot be a folder"),
    ] {
        let announced = Announcement::Schema(json.as_bytes());
        let answer = world.send(class, announced, 1, &[rawdoc! { "_id": 1 }]).await;
        assert_eq!(answer.rejected[0].code.as_str(), "schema_change_refused");
        assert!(answer.rejected[0].reason.contains(expected), "{}", answer.rejected[0].reason);
    }
    assert_eq!(world.app().config.collections, []);
}

#[tokio::test]
async fn many_devices_that_announce_at_once_make_one_change() {
    let world = World::learning().await;
    let class = reading(&json!({}));
    let json = class.to_announcement().to_string();
    let uploads = (1..=20).map(|n| {
        let (world, class, json) = (&world, &class, json.as_bytes());
        async move {
            let document = [rawdoc! { "_id": n }];
            let first = u64::try_from(n).unwrap();
            let answer = world.send(class, Announcement::Schema(json), first, &document).await;
            assert_eq!(ranges(&answer), [(first, first)]);
        }
    });
    futures_util::future::join_all(uploads).await;
    let state = &world.gateway.apps().get(world.app().id).unwrap().state;
    assert_eq!(state.revision, 2);
    // Two gateways that learn at the same time, each something else.
    let other = world.another().await;
    let documents = [rawdoc! { "_id": 1, "a": 1, "b": 1 }];
    let property = |name: &str| reading(&json!({ name: { "bsonType": "int" } }));
    let (a, b) = (property("a"), property("b"));
    let told = [&a, &b].map(|class| class.to_announcement().to_string());
    let (first, second) = tokio::join!(
        world.send(&a, Announcement::Schema(told[0].as_bytes()), 30, &documents),
        send_to(&other, &world.token, &b, Announcement::Schema(told[1].as_bytes()), 31, &documents),
    );
    assert_eq!((ranges(&first), ranges(&second)), (vec![(30, 30)], vec![(31, 31)]));
    world.gateway.refresh().await.unwrap();
    let schema = world.json("data_sources/mongodb-atlas/plant/readings/schema.json");
    let names: Vec<_> = schema["properties"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["_id", "a", "b"]);
}

#[tokio::test]
async fn a_time_series_is_learnt_with_its_options_and_keeps_them() {
    let world = World::learning().await;
    let mut class = reading(&json!({ "at": { "bsonType": "date" } }));
    let options = json!({ "time": "at", "meta": null, "granularity": "minutes" });
    class.time_series = Some(TimeSeries::from_json(options).unwrap());
    let document = rawdoc! { "_id": 1, "at": bson::DateTime::now() };
    assert_eq!(ranges(&world.upload(&class, 1, std::slice::from_ref(&document)).await), [(1, 1)]);
    assert_eq!(world.app().classes.made_as(&class.place), Some(class.time_series.clone().into()));
    let mut ordinary = class.clone();
    ordinary.time_series = None;
    let answer = world.upload(&ordinary, 2, &[document]).await;
    assert!(answer.rejected[0].reason.contains("time_series_changed"), "{answer:?}");
}

#[tokio::test]
async fn without_development_mode_nothing_is_learnt() {
    let world = World::new(files("", false)).await;
    let class = reading(&json!({}));
    let json = class.to_announcement().to_string();
    for announcement in [Announcement::None, Announcement::Schema(json.as_bytes())] {
        let answer = world.send(&class, announcement, 1, &[rawdoc! { "_id": 1 }]).await;
        assert_eq!(answer.announce, []);
        assert_eq!(answer.rejected[0].code.as_str(), "unknown_class");
    }
}

#[tokio::test]
async fn an_app_in_production_does_not_start_in_development_mode() {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(EmbeddedStore::open(directory.path()).await.unwrap());
    let build = |files, dev| Gateway::builder(store.clone()).app(files).dev(dev).build();
    let refused = build(files("production", true), false).await.unwrap_err();
    let BuildError::App(error) = refused else { panic!("{refused:?}") };
    assert_eq!((&*error.0[0].file, &*error.0[0].key), (SYNC, "development_mode_enabled"));
    let refused = build(files("production", false), true).await.unwrap_err();
    assert!(matches!(refused, BuildError::DevInProduction(app) if app == "weather-abcde"));
    assert!(build(files("production", false), false).await.is_ok());
}

#[tokio::test]
async fn classes_of_an_app_that_lists_none_stay_asymmetric() {
    let mut files = files("", true);
    let schema = json!({ "title": "Alarm", "bsonType": "object", "required": ["_id"],
        "properties": { "_id": { "bsonType": "int" } } });
    files
        .insert("data_sources/mongodb-atlas/plant/alarms/schema.json", schema.to_string())
        .unwrap();
    let world = World::new(files).await;
    world.upload(&reading(&json!({})), 1, &[rawdoc! { "_id": 1 }]).await;
    assert_eq!(world.json(SYNC)["asymmetric_tables"], json!(["Alarm", "Reading"]));
}

fn realm(title: &str, schema: Value, is_part: bool) -> RealmClass {
    RealmClass { place: place(title), title: title.to_owned(), schema, is_part }
}

#[tokio::test]
async fn columns_of_realm_sdks_are_added_and_what_the_app_says_of_others_stays() {
    let world = World::learning().await;
    let known = reading(&json!({
        "count": { "bsonType": "int", "maximum": 9 },
        "wind": { "title": "Wind", "bsonType": "object",
                  "properties": { "speed": { "bsonType": "double" } } },
    }));
    world.upload(&known, 1, &[]).await;
    let told = json!({
        "title": "Reading", "bsonType": "object", "required": ["_id", "count", "more"],
        "properties": {
            "_id": { "bsonType": "long" }, "count": { "bsonType": "long" },
            "more": { "bsonType": "string" },
        }
    });
    let gust = json!({ "title": "Wind", "bsonType": "object",
        "properties": { "gust": { "bsonType": "double" } } });
    let new = json!({ "title": "Event", "bsonType": "object", "required": ["_id"],
        "properties": { "_id": { "bsonType": "objectId" } } });
    let announced =
        [realm("Reading", told, false), realm("Wind", gust, true), realm("Event", new, false)];
    let learnt = world.gateway.learn_realm(&world.app(), &announced).await.unwrap();
    assert!(learnt.refused.is_empty(), "{:?}", learnt.refused);
    let schema = world.json("data_sources/mongodb-atlas/plant/readings/schema.json");
    assert_eq!(schema["properties"]["count"], json!({ "bsonType": "int", "maximum": 9 }));
    assert_eq!(schema["properties"]["more"], json!({ "bsonType": "string" }));
    assert_eq!(schema["properties"]["wind"]["properties"]["gust"]["bsonType"], "double");
    assert_eq!(schema["required"], json!(["_id", "count", "wind"]));
    assert_eq!(world.json(SYNC)["asymmetric_tables"], json!(["Reading", "Event"]));
    let namespace = Namespace::new("plant", "Event").unwrap();
    assert!(learnt.app.config.collections.iter().any(|c| c.namespace().unwrap() == namespace));

    let text = json!({ "title": "Reading", "bsonType": "object",
        "properties": { "count": { "bsonType": "string" } } });
    let refused = [realm("Reading", text, true)];
    let learnt = world.gateway.learn_realm(&learnt.app, &refused).await.unwrap();
    assert!(learnt.refused["Reading"].contains("type_changed at Reading.count"));
}

#[test]
fn optional_properties_that_a_device_lacks_are_kept_and_required_ones_refused() {
    let known = class(json!({
        "title": "Reading", "bsonType": "object", "required": ["_id"],
        "properties": {
            "_id": { "bsonType": "int" }, "note": { "bsonType": "string" },
            "list": { "bsonType": "array", "items": { "title": "Part", "bsonType": "object",
                "required": ["a"], "properties": { "a": { "bsonType": "int" } } } },
        }
    }));
    let lacking = |parts: Value| {
        class(json!({
            "title": "Reading", "bsonType": "object", "required": ["_id"],
            "properties": { "_id": { "bsonType": "int" }, "list": { "bsonType": "array", "items": {
                "title": "Part", "bsonType": "object", "required": ["b"], "properties": parts } } },
        }))
    };
    let refused = merge(&known, &lacking(json!({ "b": { "bsonType": "int" } }))).unwrap_err();
    assert!(refused.contains("`Reading.list.[].a` is required"), "{refused}");
    let both = json!({ "a": { "bsonType": "int" }, "b": { "bsonType": "int" } });
    let mut announced = lacking(both);
    let list = announced.schema.properties.as_mut().unwrap().get_mut("list").unwrap();
    let Some(asymmetric_schema::Items::All(part)) = &mut list.items else { panic!() };
    part.required = Some(vec!["a".to_owned(), "b".to_owned()]);
    let merged = merge(&known, &announced).unwrap().schema.to_json();
    assert_eq!(merged["properties"]["note"]["bsonType"], "string");
    assert_eq!(merged["properties"]["list"]["items"]["required"], json!(["a"]));
}
