//! A property of every type, from the struct to the BSON type in the store.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, SystemTime},
};

use asymmetric::{
    Binary, Bson, DateTime, Decimal128, Link, ObjectId, Property, PropertyEnum, Realm, Uuid,
    asymmetric, embedded, realm_schema,
};
use bson::{Document, doc, spec::BinarySubtype};

use crate::support::{Backend, PATIENCE, Site};

#[derive(Debug, PropertyEnum)]
#[property(rename_all = "lowercase")]
enum Grade {
    Good,
}

#[derive(Debug, Property)]
struct Meters(f64);

#[embedded]
struct Position {
    lat: f64,
    lon: Option<f64>,
}

/// Lives elsewhere; objects of the class below link to it.
enum Station {}

impl asymmetric::LinkedObject for Station {
    type PrimaryKey = String;

    const TITLE: &'static str = "Station";
    const DATABASE: &'static str = "types";
    const COLLECTION: &'static str = "stations";
}

#[asymmetric(database = "types", collection = "everything")]
struct Everything {
    #[asymmetric(primary_key)]
    id: ObjectId,
    bool: bool,
    small: i8,
    int: i32,
    unsigned: u16,
    long: i64,
    float: f32,
    double: f64,
    string: String,
    shared: Arc<str>,
    bytes: Vec<u8>,
    binary: Binary,
    object_id: ObjectId,
    unique: Uuid,
    decimal: Decimal128,
    date: DateTime,
    system_time: SystemTime,
    mixed: Bson,
    grade: Grade,
    meters: Meters,
    present: Option<i32>,
    absent: Option<i32>,
    list: Vec<i32>,
    array: [f64; 2],
    gaps: Vec<Option<i64>>,
    set: BTreeSet<String>,
    map: BTreeMap<String, bool>,
    position: Position,
    track: Vec<Position>,
    station: Link<Station>,
}

realm_schema! { struct Types = [Everything]; }

#[tokio::test(flavor = "multi_thread")]
async fn every_type_reaches_the_embedded_store() {
    store_everything(Backend::embedded().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_type_reaches_mongodb() {
    store_everything(Backend::mongodb().await).await;
}

async fn store_everything(backend: Backend) {
    let site = Site::up(&backend).await;
    let realm = Realm::<Types>::open(&site.user(), site.realm_path()).unwrap();
    let id = ObjectId::new();
    let writing = realm.clone();
    tokio::task::spawn_blocking(move || writing.create(everything(id))).await.unwrap().unwrap();
    realm.sync_session().wait_for_upload(PATIENCE).await.unwrap();
    assert_eq!(backend.documents("types", "everything").await, [document(id)]);
}

const UUID: [u8; 16] = *b"sixteen bytes...";

fn everything(id: ObjectId) -> Everything {
    Everything {
        id,
        bool: true,
        small: -7,
        int: 1 << 30,
        unsigned: 65_535,
        long: 1 << 40,
        float: 0.5,
        double: 1e300,
        string: "grün".to_owned(),
        shared: "shared".into(),
        bytes: vec![0, 255],
        binary: Binary { subtype: BinarySubtype::UserDefined(0x81), bytes: vec![1] },
        object_id: ObjectId::from_bytes([7; 12]),
        unique: Uuid::from_bytes(UUID),
        decimal: "12.340".parse().unwrap(),
        date: DateTime::from_millis(1_700_000_000_123),
        system_time: SystemTime::UNIX_EPOCH + Duration::from_millis(5),
        mixed: Bson::String("anything".to_owned()),
        grade: Grade::Good,
        meters: Meters(3.5),
        present: Some(0),
        absent: None,
        list: vec![1, 2],
        array: [0.25, 0.5],
        gaps: vec![Some(1), None],
        set: ["b".to_owned(), "a".to_owned()].into(),
        map: [("yes".to_owned(), true)].into(),
        position: Position { lat: 40.6, lon: None },
        track: vec![Position { lat: 1.0, lon: Some(2.0) }],
        station: Link::to("JFK".to_owned()),
    }
}

fn document(id: ObjectId) -> Document {
    doc! {
        "_id": bson::oid::ObjectId::from(id),
        "bool": true,
        "small": -7,
        "int": 1 << 30,
        "unsigned": 65_535,
        "long": 1_i64 << 40,
        "float": 0.5,
        "double": 1e300,
        "string": "grün",
        "shared": "shared",
        "bytes": Binary { subtype: BinarySubtype::Generic, bytes: vec![0, 255] },
        "binary": Binary { subtype: BinarySubtype::UserDefined(0x81), bytes: vec![1] },
        "object_id": bson::oid::ObjectId::from_bytes([7; 12]),
        "unique": Binary { subtype: BinarySubtype::Uuid, bytes: UUID.to_vec() },
        "decimal": "12.340".parse::<Decimal128>().unwrap(),
        "date": DateTime::from_millis(1_700_000_000_123),
        "system_time": DateTime::from_millis(5),
        "mixed": "anything",
        "grade": "good",
        "meters": 3.5,
        "present": 0,
        "list": [1, 2],
        "array": [0.25, 0.5],
        "gaps": [1_i64, Bson::Null],
        "set": ["a", "b"],
        "map": { "yes": true },
        "position": { "lat": 40.6 },
        "track": [{ "lat": 1.0, "lon": 2.0 }],
        "station": "JFK",
    }
}
