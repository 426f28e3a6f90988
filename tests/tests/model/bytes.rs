//! Every type of property: what the schema says of it, and that its bytes are those of the `bson`
//! crate.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use asymmetric::{
    AsymmetricObject, Binary, Bson, DateTime, Decimal128, ObjectId, Uuid, asymmetric, embedded,
};
use bson::{Document, doc, spec::BinarySubtype};
use serde_json::{Value, json};

use crate::support::{assert_encodes, bson_type, decoded, is_required, property, refusal};

/// Declares a class with one property, and asserts what its schema and its document are.
macro_rules! property_of_type {
    ($($name:ident: $type:ty = $value:expr => $stored:expr, $schema:tt;)*) => { $(
        #[test]
        fn $name() {
            #[asymmetric]
            struct Holder {
                #[asymmetric(primary_key)]
                id: ObjectId,
                value: $type,
                optional: Option<$type>,
            }

            let id = ObjectId::new();
            let stored = Bson::from($stored);
            let object = Holder { id, value: $value, optional: Some($value) };
            assert_encodes(
                &object,
                &doc! { "_id": id, "value": stored.clone(), "optional": stored.clone() },
            );
            let object = Holder { id, value: $value, optional: None };
            assert_encodes(&object, &doc! { "_id": id, "value": stored.clone() });

            let schema = json!($schema);
            assert_eq!(property::<Holder>("value"), schema);
            assert_eq!(property::<Holder>("optional"), schema);
            assert!(!is_required::<Holder>("optional"));
            let in_schema = schema["bsonType"].as_str().unwrap();
            let collection = in_schema == "array" || schema.get("additionalProperties").is_some();
            assert_eq!(is_required::<Holder>("value"), !collection);
            // A float is stored as a double; a mixed property holds anything.
            if in_schema != "float" && in_schema != "mixed" {
                assert_eq!(bson_type(&stored), in_schema);
            }
        }
    )* };
}

const DATE: DateTime = DateTime::from_millis(1_363_000_000_123);

fn uuid() -> Uuid {
    Uuid::parse_str("6ba7b810-9dad-11d1-80b4-00c04fd430c8").expect("it is a UUID")
}

fn decimal() -> Decimal128 {
    "12.340".parse().expect("it is a decimal number")
}

fn id() -> ObjectId {
    "65f0c0ffee00000000000020".parse().expect("it is an object identifier")
}

fn generic(bytes: &[u8]) -> Bson {
    Bson::Binary(Binary { subtype: BinarySubtype::Generic, bytes: bytes.to_vec() })
}

property_of_type! {
    booleans: bool = true => true, {"bsonType": "bool"};
    signed_bytes: i8 = -7 => -7, {"bsonType": "int"};
    bytes: u8 = 255 => 255, {"bsonType": "int"};
    short_integers: i16 = i16::MIN => -32_768, {"bsonType": "int"};
    unsigned_short_integers: u16 = u16::MAX => 65_535, {"bsonType": "int"};
    integers: i32 = i32::MIN => i32::MIN, {"bsonType": "int"};
    unsigned_integers: u32 = u32::MAX => 4_294_967_295_i64, {"bsonType": "long"};
    long_integers: i64 = i64::MIN => i64::MIN, {"bsonType": "long"};
    floats: f32 = 1.5 => 1.5_f64, {"bsonType": "float"};
    doubles: f64 = -0.1 => -0.1, {"bsonType": "double"};
    infinite_doubles: f64 = f64::INFINITY => f64::INFINITY, {"bsonType": "double"};
    strings: String = "säule\0".to_owned() => "säule\0", {"bsonType": "string"};
    empty_strings: String = String::new() => "", {"bsonType": "string"};
    boxed_strings: Box<str> = "a".into() => "a", {"bsonType": "string"};
    shared_strings: Arc<str> = "a".into() => "a", {"bsonType": "string"};
    cow_strings: Cow<'static, str> = "a".into() => "a", {"bsonType": "string"};
    static_strings: &'static str = "a" => "a", {"bsonType": "string"};
    byte_vectors: Vec<u8> = vec![1, 2] => generic(&[1, 2]), {"bsonType": "binData"};
    byte_arrays: [u8; 3] = [1, 2, 3] => generic(&[1, 2, 3]), {"bsonType": "binData"};
    static_bytes: &'static [u8] = &[9] => generic(&[9]), {"bsonType": "binData"};
    shared_bytes: bytes::Bytes = bytes::Bytes::from_static(b"ab") => generic(b"ab"),
        {"bsonType": "binData"};
    binary_of_a_subtype: Binary = Binary { subtype: BinarySubtype::Md5, bytes: vec![1; 16] } =>
        Bson::Binary(Binary { subtype: BinarySubtype::Md5, bytes: vec![1; 16] }),
        {"bsonType": "binData"};
    binary_of_the_obsolete_subtype:
        Binary = Binary { subtype: BinarySubtype::BinaryOld, bytes: vec![1, 2] } =>
        Bson::Binary(Binary { subtype: BinarySubtype::BinaryOld, bytes: vec![1, 2] }),
        {"bsonType": "binData"};
    object_ids: ObjectId = id() => id(), {"bsonType": "objectId"};
    object_ids_of_bson: bson::oid::ObjectId = id().into() => id(), {"bsonType": "objectId"};
    uuids: Uuid = uuid() => uuid(), {"bsonType": "uuid"};
    uuids_of_the_crate_uuid: uuid::Uuid = uuid::Uuid::from_bytes(uuid().bytes()) => uuid(),
        {"bsonType": "uuid"};
    decimals: Decimal128 = decimal() => decimal(), {"bsonType": "decimal"};
    dates: DateTime = DATE => DATE, {"bsonType": "date"};
    system_times: SystemTime = DATE.to_system_time() => DATE, {"bsonType": "date"};
    instants_of_chrono: chrono::DateTime<chrono::Utc> =
        chrono::DateTime::from_timestamp_millis(DATE.timestamp_millis()).unwrap() => DATE,
        {"bsonType": "date"};
    instants_of_jiff: jiff::Timestamp =
        jiff::Timestamp::from_millisecond(DATE.timestamp_millis()).unwrap() => DATE,
        {"bsonType": "date"};
    instants_of_time: time::UtcDateTime =
        time::UtcDateTime::UNIX_EPOCH + Duration::from_millis(1_363_000_000_123) => DATE,
        {"bsonType": "date"};
    instants_of_time_with_an_offset: time::OffsetDateTime =
        (time::OffsetDateTime::UNIX_EPOCH + Duration::from_millis(1_363_000_000_123))
            .to_offset(time::UtcOffset::from_hms(5, 30, 0).unwrap()) => DATE,
        {"bsonType": "date"};
    mixed_values: Bson = Bson::String("a".into()) => "a", {"bsonType": "mixed"};
    lists: Vec<f64> = vec![1.0, 2.0] => vec![1.0, 2.0],
        {"bsonType": "array", "items": {"bsonType": "double"}};
    empty_lists: Vec<f64> = vec![] => Vec::<Bson>::new(),
        {"bsonType": "array", "items": {"bsonType": "double"}};
    long_lists: Vec<i32> = (0..1_234).collect() => (0..1_234).collect::<Vec<i32>>(),
        {"bsonType": "array", "items": {"bsonType": "int"}};
    lists_of_binary: Vec<Vec<u8>> = vec![vec![1], vec![]] => vec![generic(&[1]), generic(&[])],
        {"bsonType": "array", "items": {"bsonType": "binData"}};
    lists_of_options: Vec<Option<i64>> = vec![Some(1), None] => vec![Bson::Int64(1), Bson::Null],
        {"bsonType": "array", "items": {"bsonType": "long"}};
    lists_of_mixed: Vec<Bson> = vec![1_i32.into(), Bson::Null, "a".into()] =>
        vec![Bson::Int32(1), Bson::Null, "a".into()],
        {"bsonType": "array", "items": {"bsonType": "mixed"}};
    arrays: [i32; 3] = [1, 2, 3] => vec![1, 2, 3],
        {"bsonType": "array", "items": {"bsonType": "int"}};
    static_slices: &'static [i32] = &[1, 2] => vec![1, 2],
        {"bsonType": "array", "items": {"bsonType": "int"}};
    deques: VecDeque<bool> = [true, false].into() => vec![true, false],
        {"bsonType": "array", "items": {"bsonType": "bool"}};
    ordered_sets: BTreeSet<String> = ["b".to_owned(), "a".to_owned()].into() => vec!["a", "b"],
        {"bsonType": "array", "uniqueItems": true, "items": {"bsonType": "string"}};
    sets: HashSet<i64> = [7].into() => vec![7_i64],
        {"bsonType": "array", "uniqueItems": true, "items": {"bsonType": "long"}};
    ordered_maps: BTreeMap<String, f64> = [("b".to_owned(), 2.0), ("a".to_owned(), 1.0)].into() =>
        doc! { "a": 1.0, "b": 2.0 },
        {"bsonType": "object", "properties": {}, "additionalProperties": {"bsonType": "double"}};
    maps: HashMap<String, i32> = [("a".to_owned(), 1)].into() => doc! { "a": 1 },
        {"bsonType": "object", "properties": {}, "additionalProperties": {"bsonType": "int"}};
    maps_of_options: BTreeMap<String, Option<bool>> = [("a".to_owned(), None)].into() =>
        doc! { "a": null },
        {"bsonType": "object", "properties": {}, "additionalProperties": {"bsonType": "bool"}};
    maps_of_mixed: BTreeMap<Arc<str>, Bson> = [("a".into(), Bson::Int32(1))].into() =>
        doc! { "a": 1 },
        {"bsonType": "object", "properties": {}, "additionalProperties": {"bsonType": "mixed"}};
    maps_with_long_keys: BTreeMap<String, i32> =
        [("k".repeat(62), 1), ("k".repeat(63), 2), ("k".repeat(900), 3)].into() =>
        [("k".repeat(62), 1), ("k".repeat(63), 2), ("k".repeat(900), 3)]
            .into_iter().map(|(key, value)| (key, Bson::Int32(value))).collect::<Document>(),
        {"bsonType": "object", "properties": {}, "additionalProperties": {"bsonType": "int"}};
    embedded_objects: Wind = Wind { speed: 3.5, direction: None } => doc! { "speed": 3.5 }, (wind_schema());
    lists_of_embedded_objects: Vec<Wind> = vec![Wind { speed: 3.5, direction: Some(270) }] =>
        vec![doc! { "speed": 3.5, "direction": 270 }],
        {"bsonType": "array", "items": (wind_schema())};
    maps_of_embedded_objects: BTreeMap<String, Wind> =
        [("north".to_owned(), Wind { speed: 1.0, direction: None })].into() =>
        doc! { "north": { "speed": 1.0 } },
        {"bsonType": "object", "properties": {}, "additionalProperties": (wind_schema())};
}

#[embedded]
struct Wind {
    speed: f64,
    direction: Option<i32>,
}

fn wind_schema() -> Value {
    json!({
        "title": "Wind", "bsonType": "object", "required": ["speed"],
        "properties": {"speed": {"bsonType": "double"}, "direction": {"bsonType": "int"}}
    })
}

#[asymmetric]
struct Moment {
    #[asymmetric(primary_key)]
    id: ObjectId,
    at: SystemTime,
}

#[test]
fn system_times_are_rounded_down_on_both_sides_of_1970() {
    let nanosecond = Duration::from_nanos(1);
    for (at, milliseconds) in [
        (UNIX_EPOCH + Duration::from_micros(1_999), 1),
        (UNIX_EPOCH, 0),
        (UNIX_EPOCH - nanosecond, -1),
        (UNIX_EPOCH - Duration::from_millis(2), -2),
        (UNIX_EPOCH - Duration::from_millis(2) - nanosecond, -3),
    ] {
        let document = decoded(&Moment { id: id(), at });
        assert_eq!(document.get_datetime("at").unwrap().timestamp_millis(), milliseconds);
    }
}

#[asymmetric]
struct Labelled {
    #[asymmetric(primary_key)]
    id: ObjectId,
    labels: BTreeMap<String, i32>,
}

#[test]
fn keys_of_maps_that_mongodb_could_not_name_are_refused() {
    for (key, rule) in [
        ("", "keys of maps are not empty"),
        ("$inc", "keys of maps do not start with `$`"),
        ("a.b", "keys of maps hold no `.`"),
        ("a\0b", "keys of maps hold no NUL"),
    ] {
        let object = Labelled { id: id(), labels: [(key.to_owned(), 1)].into() };
        let error = object.encode(&mut Vec::new()).unwrap_err();
        assert_eq!((error.property(), error.rule()), ("labels", rule), "{key:?}");
    }
    let object = Labelled { id: id(), labels: [("a$".to_owned(), 1)].into() };
    assert_encodes(&object, &doc! { "_id": id(), "labels": { "a$": 1 } });
    let object = Labelled { id: id(), labels: [("$".to_owned(), 1)].into() };
    assert_eq!(
        refusal(&object),
        "`Labelled.labels`: value `$` breaks the rule `keys of maps do not start with `$``"
    );
}
