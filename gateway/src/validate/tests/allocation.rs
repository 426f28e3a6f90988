//! Documents that fit cost no memory.

use bson::rawdoc;
use serde_json::json;

use super::{NullRules, Validator};

#[test]
fn a_document_that_fits_is_checked_without_an_allocation() {
    let schema = json!({
        "title": "Reading", "bsonType": "object", "required": ["_id", "station", "celsius"],
        "properties": {
            "_id": {"bsonType": "objectId"},
            "station": {"bsonType": "string", "enum": ["KJFK", "KLGA"], "maxLength": 4},
            "celsius": {"bsonType": "double", "minimum": -100, "multipleOf": 0.25},
            "count": {"bsonType": ["int", "long"], "maximum": 10, "exclusiveMaximum": true},
            "tags": {"bsonType": "array", "uniqueItems": true, "items": {"bsonType": "string"}},
            "labels": {"bsonType": "object", "additionalProperties": {"bsonType": "mixed"}},
            "wind": {
                "title": "Wind", "bsonType": "object", "required": ["speed"],
                "properties": {"speed": {"bsonType": "double"}}, "additionalProperties": false
            },
            "either": {"anyOf": [{"bsonType": "int"}, {"bsonType": "string"}]},
        }
    });
    let document = rawdoc! {
        "_id": bson::oid::ObjectId::new(), "station": "KLGA", "celsius": 20.5, "count": 3_i64,
        "tags": ["a", "b", "c"], "labels": { "x": 1, "y": { "z": true } },
        "wind": { "speed": 3.5 }, "either": "text",
    };
    let validator = Validator::compile(&schema, NullRules::INGEST).unwrap();
    let mut verdict = None;
    let allocations = allocation_counter::measure(|| verdict = Some(validator.validate(&document)));
    assert_eq!(verdict, Some(Ok(())));
    assert_eq!(allocations.count_total, 0);
}
