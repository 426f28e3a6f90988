//! Classes as standard JSON Schema: documents as relaxed Extended JSON are what it describes, and it
//! says the same as the schema for App Services.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests")]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use asymmetric::{
    AsymmetricObject, Bson, DateTime, Decimal128, Link, LinkedObject, ObjectId, Property,
    PropertyEnum, Uuid, asymmetric, embedded,
};
use jsonschema::Validator;
use proptest::prelude::*;
use schemars::{JsonSchema, Schema, schema_for};
use serde_json::{Value, json};

use crate::{
    random::{Everything, everything},
    support::decoded,
};

/// The object as MongoDB's tools write documents.
fn extended_json<T: AsymmetricObject>(object: &T) -> Value {
    Bson::Document(decoded(object)).into_relaxed_extjson()
}

fn validator(schema: &Schema) -> Validator {
    jsonschema::draft202012::new(schema.as_value()).expect("it is a JSON Schema")
}

static EVERYTHING: LazyLock<Validator> = LazyLock::new(|| validator(&schema_for!(Everything)));

/// Whether a number is infinite or none at all, for which JSON Schema has no word.
fn has_odd_number(document: &Value) -> bool {
    match document {
        Value::Object(map) => map.contains_key("$numberDouble") || map.values().any(has_odd_number),
        Value::Array(items) => items.iter().any(has_odd_number),
        _ => false,
    }
}

proptest! {
    #[test]
    fn random_objects_are_what_their_json_schema_describes(object in everything()) {
        let document = extended_json(&object);
        prop_assume!(!has_odd_number(&document));
        let mistakes: Vec<_> = EVERYTHING.iter_errors(&document).map(|e| e.to_string()).collect();
        prop_assert!(mistakes.is_empty(), "{mistakes:?}\n{document:#}");
    }

    #[test]
    fn a_value_of_another_type_is_none_that_the_json_schema_describes(object in everything()) {
        let document = extended_json(&object);
        let names = document.as_object().unwrap().keys().filter(|name| *name != "payload");
        for name in names {
            let mut wrong = document.clone();
            wrong[name] = json!({"$timestamp": {"t": 1, "i": 1}});
            prop_assert!(!EVERYTHING.is_valid(&wrong), "{name}");
        }
        for required in ["_id", "flag", "double", "text", "mode", "part"] {
            let mut wrong = document.clone();
            wrong.as_object_mut().unwrap().remove(required);
            prop_assert!(!EVERYTHING.is_valid(&wrong), "{required}");
        }
    }
}

/// Lives elsewhere.
#[derive(Debug)]
enum Station {}

impl LinkedObject for Station {
    type PrimaryKey = String;
    const TITLE: &'static str = "Station";
}

#[derive(PropertyEnum)]
#[property(rename_all = "lowercase")]
enum Mode {
    Fast,
    Slow,
}

#[derive(Property)]
struct Celsius(f64);

/// One reading.
#[asymmetric(title = "Reading", rename_all = "camelCase")]
struct StationReading<'a> {
    #[asymmetric(primary_key)]
    id: ObjectId,
    /// How warm it was.
    #[asymmetric(minimum = -273.15, exclusive_maximum = 100, default = 20.0)]
    celsius: Celsius,
    #[asymmetric(exclusive_minimum = 0)]
    count: i32,
    #[asymmetric(minimum = 1)]
    total: Option<i64>,
    #[asymmetric(maximum = 9, default)]
    price: Decimal128,
    #[asymmetric(min_length = 2, max_length = 4, pattern = "^[A-Z]+$", default = "KJFK")]
    station_name: &'a str,
    #[asymmetric(min_items = 1, max_items = 3)]
    samples: Vec<Option<f32>>,
    bytes: Vec<u8>,
    identity: Uuid,
    at: DateTime,
    mode: Mode,
    modes: Vec<Option<Mode>>,
    tags: BTreeSet<String>,
    labels: BTreeMap<String, i64>,
    home: Link<Station>,
    payload: Bson,
    parts: Vec<Part>,
}

/// A part of it.
#[embedded]
struct Part {
    flag: bool,
}

fn reading() -> StationReading<'static> {
    StationReading {
        id: ObjectId::from_bytes([1; 12]),
        celsius: Celsius(21.5),
        count: 3,
        total: None,
        price: "1.50".parse().expect("it is a decimal number"),
        station_name: "KJFK",
        samples: vec![Some(1.5), None],
        bytes: vec![1, 2],
        identity: Uuid::from_bytes([2; 16]),
        at: DateTime::from_millis(5),
        mode: Mode::Slow,
        modes: vec![Some(Mode::Fast), None],
        tags: ["a".to_owned()].into(),
        labels: [("k".to_owned(), 1)].into(),
        home: Link::to("KLGA".to_owned()),
        payload: Bson::Int32(1),
        parts: vec![Part { flag: true }],
    }
}

#[test]
fn rules_are_those_of_the_class() {
    let judge = validator(&schema_for!(StationReading<'_>));
    let right = extended_json(&reading());
    assert!(judge.is_valid(&right), "{:?}", judge.iter_errors(&right).collect::<Vec<_>>());
    for (pointer, wrong) in [
        ("/celsius", json!(-300)),
        ("/celsius", json!(100)),
        ("/celsius", json!({"$numberDouble": "Infinity"})),
        ("/count", json!(0)),
        ("/count", json!(3_000_000_000_i64)),
        ("/count", json!(1.5)),
        ("/price", json!(1.5)),
        ("/stationName", json!("J")),
        ("/stationName", json!("KJFKX")),
        ("/stationName", json!("kjfk")),
        ("/samples", json!([])),
        ("/samples", json!([1, 2, 3, 4])),
        ("/samples/0", json!("1")),
        ("/bytes/$binary/subType", json!("xyz")),
        ("/identity/$binary/subType", json!("00")),
        ("/_id/$oid", json!("0101")),
        ("/at", json!("1970-01-01T00:00:00Z")),
        ("/mode", json!("Slow")),
        ("/modes/0", json!("medium")),
        ("/tags", json!(["a", "a"])),
        ("/labels", json!({"a.b": 1})),
        ("/labels", json!({"$k": 1})),
        ("/home", json!(5)),
        ("/parts/0", json!({})),
    ] {
        let mut document = right.clone();
        *document.pointer_mut(pointer).expect(pointer) = wrong;
        assert!(!judge.is_valid(&document), "{pointer}: {document}");
    }
}

#[test]
fn the_json_schema_says_what_the_schema_for_app_services_says() {
    let ours = schema_for!(StationReading<'_>);
    assert_agree(&StationReading::SCHEMA.to_json(), ours.as_value());
    assert_eq!(ours.as_value()["properties"]["price"]["default"], json!({"$numberDecimal": "0.0"}));
    assert_agree(&Everything::SCHEMA.to_json(), schema_for!(Everything).as_value());
}

/// Asserts that a node for App Services and the node of a JSON Schema say the same.
#[track_caller]
fn assert_agree(app: &Value, node: &Value) {
    // What may be null says so in JSON Schema; App Services has no word for it.
    if let Some([inner, null]) = node["anyOf"].as_array().map(Vec::as_slice)
        && null["type"] == "null"
    {
        return assert_agree(app, inner);
    }
    let key = |name: &str| node["properties"].get(name).is_some();
    let agrees = match app["bsonType"].as_str().expect("every node has a type") {
        "bool" => node["type"] == "boolean",
        "int" => node["type"] == "integer" && node["format"] == "int32",
        "long" => node["type"] == "integer" && node["format"] == "int64",
        "float" | "double" => node["type"] == "number",
        "string" => node["type"] == "string",
        "objectId" => key("$oid"),
        "date" => key("$date"),
        "decimal" => key("$numberDecimal"),
        "uuid" | "binData" => key("$binary"),
        "array" => node["type"] == "array",
        "object" => node["type"] == "object",
        "mixed" => node.get("type").is_none(),
        other => panic!("no test knows `{other}`"),
    };
    assert!(agrees, "{app} and {node} have the same type");
    let lengths = ["minLength", "maxLength", "minItems", "maxItems"];
    for keyword in ["description", "pattern", "uniqueItems", "enum"].iter().chain(&lengths) {
        assert_eq!(node.get(keyword), app.get(keyword), "{keyword} of {node}");
    }
    if app["bsonType"] != "decimal" {
        assert_eq!(node.get("default"), app.get("default"));
        for (inclusive, exclusive) in
            [("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")]
        {
            let Some(bound) = app.get(inclusive) else { continue };
            let keyword = if app.get(exclusive).is_some() { exclusive } else { inclusive };
            assert_eq!(node.get(keyword), Some(bound), "{keyword} of {node}");
        }
    }
    for elements in ["items", "additionalProperties"] {
        if let Some(inner) = app.get(elements) {
            assert_agree(inner, &node[elements]);
        }
    }
    let Some(properties) = app["properties"].as_object() else { return };
    if app.get("additionalProperties").is_some() {
        return;
    }
    assert_eq!((&node["title"], &node["required"]), (&app["title"], &app["required"]));
    let names = |node: &Value| {
        node["properties"].as_object().unwrap().keys().cloned().collect::<BTreeSet<String>>()
    };
    assert_eq!(names(node), names(app));
    for (name, property) in properties {
        assert_agree(property, &node["properties"][name]);
    }
}

#[test]
fn types_of_other_schemas_can_refer_to_ours() {
    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Answer {
        reading: StationReading<'static>,
        part: Option<Part>,
        mode: Mode,
        celsius: Celsius,
        id: ObjectId,
        station: Link<Station>,
    }

    let schema = schema_for!(Answer);
    let (properties, definitions) = (&schema.as_value()["properties"], &schema.as_value()["$defs"]);
    assert_eq!(properties["reading"]["$ref"], "#/$defs/Reading");
    assert_eq!(definitions["Reading"]["description"], "One reading.");
    assert_eq!(definitions["Part"]["description"], "A part of it.");
    assert_eq!(definitions["Mode"], json!({"type": "string", "enum": ["fast", "slow"]}));
    assert_eq!(properties["celsius"]["$ref"], "#/$defs/Celsius");
    assert_eq!(properties["station"], json!({"type": "string"}));
    assert_eq!(properties["id"]["$ref"], "#/$defs/ObjectId");
    let judge = validator(&schema);
    let mut answer = json!({
        "reading": extended_json(&reading()), "part": {"flag": true}, "mode": "fast",
        "celsius": 1.5, "id": {"$oid": "0102030405060708090a0b0c"}, "station": "KJFK",
    });
    assert!(judge.is_valid(&answer), "{:?}", judge.iter_errors(&answer).collect::<Vec<_>>());
    answer["mode"] = "slower".into();
    assert!(!judge.is_valid(&answer));
}

#[test]
fn a_class_that_derives_its_own_keeps_it() {
    /// As its author described it.
    #[asymmetric]
    #[derive(JsonSchema)]
    #[schemars(title = "Mine")]
    struct Own {
        #[asymmetric(primary_key)]
        number: i64,
    }

    let schema = schema_for!(Own);
    assert_eq!(schema.as_value()["title"], "Mine");
    assert!(schema.as_value()["properties"].get("number").is_some(), "the name of the field");
}
