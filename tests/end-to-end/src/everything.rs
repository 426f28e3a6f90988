//! A class with a property of every type; the build script exports its schema too.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    sync::Arc,
    time::{Duration, SystemTime},
};

use asymmetric::{
    Binary, Bson, DateTime, Decimal128, InvalidValue, Link, LinkedObject, ListElement, ObjectId,
    Property, PropertyEnum, Uuid, asymmetric, embedded, realm_schema, schema::PropertyType,
};
use bson::{Document, doc, spec::BinarySubtype};
use serde_json::{Map, Value, json};

/// Declares the class; for each property its type, a value, what is stored, and the schema.
macro_rules! everything {
    ($($name:ident: $type:ty = $value:expr => $stored:expr, $schema:tt;)*) => {
        /// One property of every type.
        #[asymmetric(database = "types", collection = "everything")]
        #[derive(Debug)]
        pub struct Everything {
            #[asymmetric(primary_key)]
            id: ObjectId,
            absent: Option<i32>,
            $($name: $type,)*
        }

        /// An object of the class.
        #[must_use]
        pub fn object(id: ObjectId) -> Everything {
            Everything { id, absent: None, $($name: $value,)* }
        }

        /// The document that the object becomes.
        #[must_use]
        pub fn document(id: ObjectId) -> Document {
            let mut document = doc! { "_id": bson::oid::ObjectId::from(id) };
            $(document.insert(stringify!($name), Bson::from($stored));)*
            document
        }

        /// What App Services is told of the properties.
        #[must_use]
        pub fn properties() -> Value {
            let mut properties = Map::new();
            properties.insert("_id".into(), json!({"bsonType": "objectId"}));
            properties.insert("absent".into(), json!({"bsonType": "int"}));
            $(properties.insert(stringify!($name).into(), json!($schema));)*
            properties.into()
        }
    };
}

realm_schema! {
    /// The class with everything.
    pub struct Types = [Everything];
}

#[derive(Debug, PropertyEnum)]
#[property(rename_all = "lowercase")]
enum Grade {
    Good,
    Poor,
}

#[derive(Debug, Property)]
struct Meters(f64);

#[embedded]
#[derive(Debug)]
struct Position {
    lat: f64,
    lon: Option<f64>,
}

/// Lives elsewhere; objects of the class link to it.
enum Station {}

impl LinkedObject for Station {
    type PrimaryKey = String;

    const TITLE: &'static str = "Station";
    const DATABASE: &'static str = "types";
    const COLLECTION: &'static str = "stations";
}

/// An amount in cents: a type that implements the trait itself.
#[derive(Debug)]
struct Money(i64);

impl Property for Money {
    const TYPE: PropertyType = <i64 as Property>::TYPE;
    const ELEMENT_TYPE: u8 = <i64 as Property>::ELEMENT_TYPE;

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), InvalidValue> {
        self.0.encode(out)
    }
}

impl ListElement for Money {}

const UUID: [u8; 16] = *b"sixteen bytes...";
const MILLISECONDS: i64 = 1_700_000_000_123;
const SINCE_1970: Duration = Duration::from_millis(1_700_000_000_123);
const DATE: DateTime = DateTime::from_millis(MILLISECONDS);

fn binary(bytes: &[u8]) -> Binary {
    Binary { subtype: BinarySubtype::Generic, bytes: bytes.to_vec() }
}

fn position(lon: Option<f64>) -> Position {
    Position { lat: 40.6, lon }
}

fn position_schema() -> Value {
    json!({
        "title": "Position", "bsonType": "object", "required": ["lat"],
        "properties": {"lat": {"bsonType": "double"}, "lon": {"bsonType": "double"}}
    })
}

everything! {
    bool: bool = true => true, {"bsonType": "bool"};
    signed_byte: i8 = -7 => -7, {"bsonType": "int"};
    byte: u8 = 255 => 255, {"bsonType": "int"};
    short: i16 = -300 => -300, {"bsonType": "int"};
    unsigned_short: u16 = 65_535 => 65_535, {"bsonType": "int"};
    int: i32 = 1 << 30 => 1 << 30, {"bsonType": "int"};
    unsigned: u32 = u32::MAX => i64::from(u32::MAX), {"bsonType": "long"};
    long: i64 = 1 << 40 => 1_i64 << 40, {"bsonType": "long"};
    float: f32 = 0.5 => 0.5, {"bsonType": "float"};
    double: f64 = 1e300 => 1e300, {"bsonType": "double"};
    decimal: Decimal128 = "12.340".parse().expect("it is a decimal number") =>
        "12.340".parse::<Decimal128>().expect("it is a decimal number"), {"bsonType": "decimal"};
    string: String = "grün".to_owned() => "grün", {"bsonType": "string"};
    boxed: Box<str> = "boxed".into() => "boxed", {"bsonType": "string"};
    shared: Arc<str> = "shared".into() => "shared", {"bsonType": "string"};
    cow: Cow<'static, str> = "cow".into() => "cow", {"bsonType": "string"};
    borrowed: &'static str = "borrowed" => "borrowed", {"bsonType": "string"};
    bytes: Vec<u8> = vec![0, 255] => binary(&[0, 255]), {"bsonType": "binData"};
    byte_array: [u8; 2] = [1, 2] => binary(&[1, 2]), {"bsonType": "binData"};
    byte_slice: &'static [u8] = &[3] => binary(&[3]), {"bsonType": "binData"};
    shared_bytes: bytes::Bytes = bytes::Bytes::from_static(b"ab") => binary(b"ab"),
        {"bsonType": "binData"};
    binary: Binary = Binary { subtype: BinarySubtype::UserDefined(0x81), bytes: vec![1] } =>
        Binary { subtype: BinarySubtype::UserDefined(0x81), bytes: vec![1] },
        {"bsonType": "binData"};
    object_id: ObjectId = ObjectId::from_bytes([7; 12]) => bson::oid::ObjectId::from_bytes([7; 12]),
        {"bsonType": "objectId"};
    bson_object_id: bson::oid::ObjectId = bson::oid::ObjectId::from_bytes([8; 12]) =>
        bson::oid::ObjectId::from_bytes([8; 12]), {"bsonType": "objectId"};
    unique: Uuid = Uuid::from_bytes(UUID) => Uuid::from_bytes(UUID), {"bsonType": "uuid"};
    other_unique: uuid::Uuid = uuid::Uuid::from_bytes(UUID) => Uuid::from_bytes(UUID),
        {"bsonType": "uuid"};
    date: DateTime = DATE => DATE, {"bsonType": "date"};
    system_time: SystemTime = SystemTime::UNIX_EPOCH + SINCE_1970 => DATE, {"bsonType": "date"};
    chrono_time: chrono::DateTime<chrono::Utc> =
        chrono::DateTime::from_timestamp_millis(MILLISECONDS).expect("it is in range") => DATE,
        {"bsonType": "date"};
    jiff_time: jiff::Timestamp =
        jiff::Timestamp::from_millisecond(MILLISECONDS).expect("it is in range") => DATE,
        {"bsonType": "date"};
    time_time: time::UtcDateTime = time::UtcDateTime::UNIX_EPOCH + SINCE_1970 => DATE,
        {"bsonType": "date"};
    time_with_offset: time::OffsetDateTime = time::OffsetDateTime::UNIX_EPOCH + SINCE_1970 => DATE,
        {"bsonType": "date"};
    mixed: Bson = Bson::String("anything".to_owned()) => "anything", {"bsonType": "mixed"};
    mixed_map: Bson = Bson::Document(doc! { "a": [1, "b", null] }) => doc! { "a": [1, "b", null] },
        {"bsonType": "mixed"};
    grade: Grade = Grade::Good => "good", {"bsonType": "string", "enum": ["good", "poor"]};
    grades: Vec<Grade> = vec![Grade::Poor] => vec!["poor"],
        {"bsonType": "array", "items": {"bsonType": "string", "enum": ["good", "poor"]}};
    meters: Meters = Meters(3.5) => 3.5, {"bsonType": "double"};
    money: Money = Money(199) => 199_i64, {"bsonType": "long"};
    amounts: Vec<Money> = vec![Money(1)] => vec![1_i64],
        {"bsonType": "array", "items": {"bsonType": "long"}};
    present: Option<i32> = Some(0) => 0, {"bsonType": "int"};
    list: Vec<i32> = vec![1, 2] => vec![1, 2], {"bsonType": "array", "items": {"bsonType": "int"}};
    array: [f64; 2] = [0.25, 0.5] => vec![0.25, 0.5],
        {"bsonType": "array", "items": {"bsonType": "double"}};
    slice: &'static [i64] = &[5] => vec![5_i64],
        {"bsonType": "array", "items": {"bsonType": "long"}};
    deque: VecDeque<bool> = [true].into() => vec![true],
        {"bsonType": "array", "items": {"bsonType": "bool"}};
    gaps: Vec<Option<i64>> = vec![Some(1), None] => vec![Bson::Int64(1), Bson::Null],
        {"bsonType": "array", "items": {"bsonType": "long"}};
    ordered_set: BTreeSet<String> = ["b".to_owned(), "a".to_owned()].into() => vec!["a", "b"],
        {"bsonType": "array", "uniqueItems": true, "items": {"bsonType": "string"}};
    set: HashSet<i32> = [9].into() => vec![9],
        {"bsonType": "array", "uniqueItems": true, "items": {"bsonType": "int"}};
    ordered_map: BTreeMap<String, bool> = [("yes".to_owned(), true)].into() => doc! { "yes": true },
        {"bsonType": "object", "properties": {}, "additionalProperties": {"bsonType": "bool"}};
    map: HashMap<String, f64> = [("half".to_owned(), 0.5)].into() => doc! { "half": 0.5 },
        {"bsonType": "object", "properties": {}, "additionalProperties": {"bsonType": "double"}};
    position: Position = position(None) => doc! { "lat": 40.6 }, (position_schema());
    no_position: Option<Position> = Some(position(Some(-73.8))) => doc! { "lat": 40.6, "lon": -73.8 },
        (position_schema());
    track: Vec<Position> = vec![position(Some(2.0))] => vec![doc! { "lat": 40.6, "lon": 2.0 }],
        {"bsonType": "array", "items": (position_schema())};
    places: BTreeMap<String, Position> = [("home".to_owned(), position(None))].into() =>
        doc! { "home": { "lat": 40.6 } },
        {"bsonType": "object", "properties": {}, "additionalProperties": (position_schema())};
    station: Link<Station> = Link::to("JFK".to_owned()) => "JFK", {"bsonType": "string"};
    stations: Vec<Link<Station>> = vec![Link::to("LGA".to_owned())] => vec!["LGA"],
        {"bsonType": "array", "items": {"bsonType": "string"}};
}
