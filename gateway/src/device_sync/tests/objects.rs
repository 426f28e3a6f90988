//! What becomes of the objects of devices, by the configuration of their app.

use asymmetric_device_sync::{
    changeset::{
        ColumnType, Instruction, Key, KeyType, Payload, PrimaryKeyColumn, TableType, Target,
        ValueType,
    },
    document::{Properties, Scalar, Value},
    message::RejectedUpdate,
};
use asymmetric_testkit::device_sync::{ChangesetWriter, Generation, RealmClient, RealmFile};
use bson::{Bson, Document, doc, oid::ObjectId};
use futures_util::TryStreamExt;
use serde_json::json;

use super::tests::{Stage, create, key, number};
use crate::{apps::AppFiles, testing::World};

const PLACE: &str = "data_sources/mongodb-atlas/telemetry";

/// An app with an asymmetric class, `Reading`, and an ordinary one, `Station`.
#[derive(Clone, Copy, Default)]
struct Wanted {
    /// `Station` is in `upsert_tables`.
    upsert: bool,
    /// The collection that the role of devices may not write to.
    denied: &'static str,
    development_mode: bool,
}

fn app_files(wanted: Wanted) -> AppFiles {
    let Wanted { upsert, denied, development_mode } = wanted;
    let reading = json!({
        "title": "Reading", "bsonType": "object", "required": ["_id", "n"],
        "properties": {
            "_id": { "bsonType": "objectId" },
            "n": { "bsonType": "int" },
            "note": { "bsonType": "string" },
            "station": { "bsonType": "objectId" },
        },
    });
    let station = json!({
        "title": "Station", "bsonType": "object", "required": ["_id"],
        "properties": {
            "_id": { "bsonType": "objectId" },
            "name": { "bsonType": "string", "minLength": 1 },
            "n": { "bsonType": "int" },
            "heights": { "bsonType": "array", "items": { "bsonType": "int" } },
        },
    });
    let rules = |collection: &str| {
        let write = collection != denied;
        json!({
            "database": "telemetry", "collection": collection, "roles": [{
                "name": "device", "apply_when": {}, "insert": write, "write": write, "read": false,
                "document_filters": { "read": false, "write": write },
            }],
        })
    };
    let tables = if upsert { json!(["Station"]) } else { json!([]) };
    let anonymous = json!({ "name": "anon-user", "type": "anon-user", "disabled": false });
    let mut files = AppFiles::default();
    for (path, file) in [
        ("root_config.json".to_owned(), json!({ "name": "weather-abcde" })),
        ("auth/providers.json".to_owned(), json!({ "anon-user": anonymous })),
        (
            "data_sources/mongodb-atlas/config.json".to_owned(),
            json!({ "name": "mongodb-atlas", "type": "mongodb-atlas", "config": {} }),
        ),
        (format!("{PLACE}/readings/schema.json"), reading),
        (format!("{PLACE}/readings/rules.json"), rules("readings")),
        (format!("{PLACE}/stations/schema.json"), station),
        (format!("{PLACE}/stations/rules.json"), rules("stations")),
        (
            "sync/config.json".to_owned(),
            json!({
                "type": "flexible", "state": "enabled", "service_name": "mongodb-atlas",
                "database_name": "telemetry", "asymmetric_tables": ["Reading"],
                "upsert_tables": tables, "development_mode_enabled": development_mode,
            }),
        ),
    ] {
        files.insert(&path, file.to_string()).unwrap();
    }
    files
}

async fn stage(wanted: Wanted) -> Stage {
    let files = app_files(wanted);
    Stage::of(World::with(|builder| builder.dev(false).app(files)).await).await
}

fn id(number: u8) -> Bson {
    Bson::ObjectId(ObjectId::from_bytes([number; 12]))
}

fn text(name: &str, value: &str) -> Properties {
    Properties::from([(name.into(), Value::Scalar(Scalar::String(value.into())))])
}

/// Class, number of the key, and reason of what the app was told.
fn told(client: &RealmClient) -> Vec<(&str, String, &str)> {
    let refused = client.refused().iter();
    refused.map(|object| (&*object.table, object.pk.clone(), &*object.reason)).collect()
}

fn pk(number: u8) -> String {
    RejectedUpdate::key(key(number).as_key())
}

/// An instruction that sets a property of a station that was there before.
fn set<'a>(of: Key<'a>, field: &'a str, value: Payload<'a>) -> Instruction<'a> {
    let target = Target { table: "Station", key: of, field, path: Vec::new() };
    Instruction::Update { target, value, prior_length: None }
}

#[tokio::test]
async fn classes_are_those_of_the_app_and_what_it_does_not_know_is_refused_and_kept() {
    let stage = stage(Wanted::default()).await;
    let mut file = RealmFile::new();
    create(&mut file, 1);
    file.create("Station", &key(2), &number(2));
    file.create("Unheard", &key(3), &number(3));
    // What the validator refuses takes the same way back.
    file.create("Reading", &key(4), &Properties::new());
    let mut client = stage.bound(Generation::Core14, &mut file).await;
    client.upload_all(&mut file).await.unwrap();
    // The schema says `int`.
    let stored = stage.documents("telemetry", "readings").await;
    assert_eq!(stored, [doc! { "_id": id(1), "n": 1_i32 }]);
    let [station, unheard, reading] = &told(&client)[..] else { panic!("{:?}", told(&client)) };
    assert_eq!((station.0, &station.1), ("Station", &pk(2)));
    assert!(station.2.contains("`asymmetric_tables`"), "{station:?}");
    assert_eq!(*unheard, ("Unheard", pk(3), "the app has no class `Unheard`"));
    assert_eq!((reading.0, &reading.1), ("Reading", &pk(4)));
    assert!(reading.2.contains("`n`"), "{reading:?}");

    let kept = stage.world.gateway.rejected().list().try_collect::<Vec<_>>().await.unwrap();
    let mut kept: Vec<_> = kept
        .iter()
        .map(|kept| {
            let bytes = &kept.document.as_ref().unwrap().bytes;
            let document: Document = bson::deserialize_from_slice(bytes).unwrap();
            (kept.collection.as_str(), kept.code.as_str(), document)
        })
        .collect();
    kept.sort_by_key(|kept| kept.0);
    assert_eq!(
        kept,
        [
            ("Unheard", "unknown_class", doc! { "_id": id(3), "n": 3_i64 }),
            ("readings", "schema_validation_failed", doc! { "_id": id(4) }),
            ("stations", "unknown_class", doc! { "_id": id(2), "n": 2_i32 }),
        ]
    );
    assert_eq!(stage.world.gateway.counters().rejected, 3);
}

#[tokio::test]
async fn an_optional_property_that_a_device_sets_to_null_is_absent() {
    let stage = stage(Wanted::default()).await;
    let mut file = RealmFile::new();
    let mut properties = number(1);
    properties.insert("note".into(), Value::Scalar(Scalar::Null));
    file.create("Reading", &key(1), &properties);
    let mut client = stage.bound(Generation::Core13, &mut file).await;
    client.upload_all(&mut file).await.unwrap();
    assert_eq!(told(&client), []);
    let stored = stage.documents("telemetry", "readings").await;
    assert_eq!(stored, [doc! { "_id": id(1), "n": 1_i32 }]);
}

/// A file that announces `Reading` with two types that differ from those of the app, and with a
/// property and a class that the app does not have.
fn file_of_another_schema() -> RealmFile {
    let mut announcement = ChangesetWriter::new();
    let primary_key = PrimaryKeyColumn { field: "_id", kind: KeyType::ObjectId, nullable: false };
    for table in ["Reading", "Gust"] {
        let kind = TableType::Asymmetric(primary_key.clone());
        announcement.instruction(&Instruction::AddTable { table, kind });
    }
    for (field, value) in [
        ("n", ValueType::Int),
        ("note", ValueType::Double),
        ("station", ValueType::ObjectId),
        ("wind", ValueType::Int),
    ] {
        let kind = ColumnType { value: Some(value), nullable: true, collection: None };
        announcement.instruction(&Instruction::AddColumn { table: "Reading", field, kind });
    }
    let mut file = RealmFile::new();
    file.commit(announcement.finish());
    create(&mut file, 1);
    file
}

#[tokio::test]
async fn a_device_whose_schema_is_another_is_told_class_and_property_and_goes_on() {
    let none = RejectedUpdate::key(Key::Null);
    let gust = ("Gust", none.clone(), "the app has no class `Gust`");
    let why = "the property `note` is double on the device, and string in the app's schema";
    let of_note = ("Reading", none.clone(), why);
    let wind = ("Reading", none, "the app's schema has no property `wind`");
    // In development mode, what is new is learnt.
    for (development_mode, expected) in
        [(false, vec![gust, of_note.clone(), wind]), (true, vec![of_note])]
    {
        let stage = stage(Wanted { development_mode, ..Wanted::default() }).await;
        let mut file = file_of_another_schema();
        let mut client = stage.bound(Generation::Core12, &mut file).await;
        client.upload_all(&mut file).await.unwrap();
        assert_eq!(told(&client), expected);
        assert_eq!(stage.documents("telemetry", "readings").await.len(), 1);
    }
}

#[tokio::test]
async fn ordinary_objects_that_the_app_lets_devices_write_are_merged_by_their_id() {
    let stage = stage(Wanted { upsert: true, ..Wanted::default() }).await;
    let mut file = RealmFile::new();
    let both = |file: &mut RealmFile, of, properties: &Properties| {
        let station = Scalar::Link { class: "Station".into(), key: key(9) };
        let mut reading = number(i64::from(of));
        reading.insert("station".into(), Value::Scalar(station));
        let mut writer = ChangesetWriter::new();
        writer.object("Station", &key(9), properties).object("Reading", &key(of), &reading);
        file.commit(writer.finish());
    };
    both(&mut file, 1, &text("name", "KJFK"));
    // Another app that has the object too, and knows more of it.
    both(&mut file, 2, &number(4));
    let mut client = stage.bound(Generation::Core14, &mut file).await;
    let before = file.clone();
    client.upload_all(&mut file).await.unwrap();
    let merged = doc! { "_id": id(9), "name": "KJFK", "n": 4_i32 };
    assert_eq!(stage.documents("telemetry", "stations").await, std::slice::from_ref(&merged));
    drop(client);

    // All of it once more, as after a crash.
    let mut again = before;
    let mut client = stage.bound(Generation::Core14, &mut again).await;
    client.upload_all(&mut again).await.unwrap();
    assert_eq!(stage.documents("telemetry", "stations").await, [merged]);
    assert_eq!(stage.documents("telemetry", "readings").await.len(), 2);

    // Later transactions set whole properties, and take them away.
    let mut writer = ChangesetWriter::new();
    let nine = key(9);
    writer.instruction(&set(nine.as_key(), "name", Payload::String("KLGA")));
    writer.instruction(&set(nine.as_key(), "n", Payload::Null));
    again.commit(writer.finish());
    client.upload_all(&mut again).await.unwrap();
    let changed = doc! { "_id": id(9), "name": "KLGA" };
    assert_eq!(stage.documents("telemetry", "stations").await, [changed]);
    assert_eq!(told(&client), []);
}

#[tokio::test]
async fn what_cannot_be_merged_is_refused_and_does_not_hold_up_the_rest() {
    let stage = stage(Wanted { upsert: true, ..Wanted::default() }).await;
    let mut file = RealmFile::new();
    let (relative, erased) = (key(3), key(4));
    let mut writer = ChangesetWriter::new();
    writer.object("Station", &key(2), &text("name", ""));
    let target = Target { table: "Station", key: relative.as_key(), field: "n", path: Vec::new() };
    writer.instruction(&Instruction::AddInteger { target, delta: 1 });
    let key_of = erased.as_key();
    writer.instruction(&Instruction::EraseObject { table: "Station", key: key_of });
    writer.object("Station", &key(5), &text("a.b", "dotted"));
    writer.object("Reading", &key(1), &number(1));
    file.commit(writer.finish());
    let mut client = stage.bound(Generation::Core14, &mut file).await;
    client.upload_all(&mut file).await.unwrap();
    assert_eq!(stage.documents("telemetry", "stations").await, [] as [Document; 0]);
    assert_eq!(stage.documents("telemetry", "readings").await.len(), 1);
    let mut refused = told(&client);
    refused.sort_by(|a, b| a.1.cmp(&b.1));
    let words = ["`name`", "depends on what it held", "cannot delete", "`a.b`"];
    assert_eq!(refused.len(), words.len(), "{refused:?}");
    for ((class, number, reason), (of, word)) in refused.iter().zip((2..).zip(words)) {
        assert_eq!((*class, number), ("Station", &pk(of)));
        assert!(reason.contains(word), "{word} is not in {reason}");
    }
    let kept = stage.world.gateway.rejected().list().try_collect::<Vec<_>>().await.unwrap();
    assert_eq!(kept.len(), 4);
}

#[tokio::test]
async fn rules_decide_over_asymmetric_and_ordinary_objects() {
    for (class, collection) in [("Reading", "readings"), ("Station", "stations")] {
        let stage = stage(Wanted { upsert: true, denied: collection, ..Wanted::default() }).await;
        let mut file = RealmFile::new();
        file.create(class, &key(2), &number(2));
        let mut client = stage.bound(Generation::Core14, &mut file).await;
        client.upload_all(&mut file).await.unwrap();
        assert_eq!(stage.documents("telemetry", collection).await, [] as [Document; 0]);
        let [(table, number, reason)] = &told(&client)[..] else { panic!("{:?}", told(&client)) };
        assert_eq!((*table, number), (class, &pk(2)));
        assert!(reason.contains("not permitted"), "{reason}");
        let kept = stage.world.gateway.rejected().list().try_collect::<Vec<_>>().await.unwrap();
        let kept: Vec<_> = kept.iter().map(|kept| (&*kept.class, &*kept.code)).collect();
        assert_eq!(kept, [(class, "write_not_allowed")]);
    }
}
