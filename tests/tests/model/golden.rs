//! A class with every type of property, and the files that were written for it by hand from the
//! documentation of App Services ("Schema types", "Relationships"), not made from it.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    sync::Arc,
    time::SystemTime,
};

use asymmetric::{
    AsymmetricObject, Binary, Bson, DateTime, Decimal128, Link, LinkedObject, ObjectId, Property,
    PropertyEnum, Uuid, asymmetric, embedded,
};
use asymmetric_schema::to_pretty_string;

enum Station {}

impl LinkedObject for Station {
    type PrimaryKey = String;
    const TITLE: &'static str = "Station";
    const COLLECTION: &'static str = "stations";
    const DATABASE: &'static str = "telemetry";
}

#[derive(PropertyEnum)]
#[property(rename_all = "lowercase")]
#[expect(dead_code, reason = "only its schema is looked at")]
enum Quality {
    Good,
    Poor,
}

#[derive(Property)]
struct Celsius(f64);

/// Where a reading was taken.
#[embedded]
struct Position {
    lat: f64,
    lon: f64,
    /// The station nearby.
    station: Option<Link<Station>>,
}

/// One reading, of everything.
#[asymmetric(
    title = "AllTypes",
    database = "telemetry",
    collection = "everything",
    time_series(time = taken_at, meta = station, granularity = minutes)
)]
struct Everything {
    #[asymmetric(primary_key)]
    id: ObjectId,
    /// Whether it counts.
    flag: bool,
    int8: i8,
    int16: i16,
    int32: i32,
    uint8: u8,
    uint16: u16,
    uint32: u32,
    int64: i64,
    float32: f32,
    float64: f64,
    string: String,
    boxed: Box<str>,
    shared: Arc<str>,
    borrowed: Cow<'static, str>,
    bytes: Vec<u8>,
    binary: Binary,
    object_id: ObjectId,
    device: Uuid,
    decimal: Decimal128,
    taken_at: DateTime,
    system_time: SystemTime,
    mixed: Bson,
    quality: Quality,
    temperature: Celsius,
    optional: Option<i32>,
    list: Vec<f64>,
    array: [i64; 3],
    queue: VecDeque<String>,
    sparse: Vec<Option<i32>>,
    set: HashSet<String>,
    sorted_set: BTreeSet<i32>,
    map: HashMap<String, String>,
    sorted_map: BTreeMap<String, Option<f64>>,
    maybe_list: Option<Vec<String>>,
    position: Position,
    maybe_position: Option<Position>,
    track: Vec<Position>,
    places: BTreeMap<String, Position>,
    station: Link<Station>,
    maybe_station: Option<Link<Station>>,
    stations: Vec<Link<Station>>,
    #[asymmetric(minimum = -150.0, exclusive_maximum = 150.0, default = 20.5)]
    bounded: f64,
    #[asymmetric(minimum = 1, maximum = 5)]
    grade: i32,
    #[asymmetric(min_length = 1, max_length = 80, pattern = "^[A-Z]", default = "A")]
    code: String,
    #[asymmetric(min_items = 1, max_items = 8)]
    few: Vec<i32>,
    qualities: Vec<Quality>,
}

#[test]
fn schema_of_every_type_is_what_app_services_has() {
    let schema = to_pretty_string(&Everything::SCHEMA.to_json());
    assert_eq!(schema, include_str!("golden/schema.json"));
}

#[test]
fn links_are_what_app_services_has() {
    let links = to_pretty_string(&Everything::SCHEMA.relationships_to_json());
    assert_eq!(links, include_str!("golden/relationships.json"));
}

#[test]
fn schema_that_is_read_is_written_byte_for_byte() {
    let read = asymmetric_schema::Node::from_json(
        include_str!("golden/schema.json").parse().expect("the file is JSON"),
    );
    let read = read.expect("the file is a schema");
    assert_eq!(to_pretty_string(&read.to_json()), include_str!("golden/schema.json"));
}
