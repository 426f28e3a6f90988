//! Announced classes, and the schemas they become.

use asymmetric_device_sync::{announcement::Announcements, changeset::Changeset};
use serde_json::json;

use crate::{bytes, vectors};

fn announced(vectors: &[&str]) -> Announcements {
    let mut announcements = Announcements::default();
    for vector in vectors {
        for located in Changeset::new(&bytes(vector)) {
            announcements.apply(&located.unwrap().instruction);
        }
    }
    announcements
}

#[test]
fn embedded_classes_are_inside_those_that_hold_them() {
    let announcements = announced(&[vectors::V1]);
    assert_eq!(announcements.asymmetric_classes().into_iter().collect::<Vec<_>>(), ["M"]);
    let schemas = announcements.schemas();
    assert_eq!(schemas.len(), 1);
    assert_eq!(
        schemas["M"],
        json!({
            "title": "M",
            "bsonType": "object",
            "required": ["_id", "n"],
            "properties": {
                "_id": { "bsonType": "objectId" },
                "n": { "bsonType": "long" },
                "pos": {
                    "title": "Pos",
                    "bsonType": "object",
                    "required": ["lat"],
                    "properties": { "lat": { "bsonType": "double" } },
                },
                "s": { "bsonType": "string" },
            },
        })
    );
}

#[test]
fn collections_links_and_mixed_values_have_schemas() {
    let announcements = announced(&[vectors::V4]);
    let schemas = announcements.schemas();
    assert_eq!(schemas.keys().copied().collect::<Vec<_>>(), ["A", "B", "U"]);
    assert_eq!(
        schemas["A"],
        json!({
            "title": "A",
            "bsonType": "object",
            "required": ["_id"],
            "properties": {
                "_id": { "bsonType": "long" },
                "bl": { "bsonType": "string" },
                "bll": { "bsonType": "array", "items": { "bsonType": "string" } },
                "d": { "bsonType": "object", "additionalProperties": { "bsonType": "string" } },
                "l": { "bsonType": "array", "items": { "bsonType": "long" } },
                "m": { "bsonType": "mixed" },
                "u": {
                    "bsonType": "array",
                    "uniqueItems": true,
                    "items": { "bsonType": "string" },
                },
            },
        })
    );
    // The primary key of B may be null.
    assert_eq!(schemas["B"].get("required"), None);
}

#[test]
fn what_is_removed_is_gone() {
    let announcements = announced(&[vectors::V4, vectors::V12]);
    let schemas = announcements.schemas();
    assert_eq!(schemas.keys().copied().collect::<Vec<_>>(), ["A", "B"]);
    assert_eq!(schemas["A"]["properties"].get("u"), None);
}

#[test]
fn every_property_of_a_captured_class_is_known() {
    let announcements = announced(&[vectors::CAPTURED_SCHEMA]);
    let schema = &announcements.schemas()["Reading"];
    let types: Vec<_> = schema["properties"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, property)| format!("{name}:{}", property["bsonType"].as_str().unwrap()))
        .collect();
    assert_eq!(
        types.join(" "),
        "_id:objectId any:mixed b:bool bin:binData d:double de:object dec:decimal ds:object \
         emb:object f:float i:long le:array li:array oid:objectId s:string ss:array ts:date \
         uuid:uuid"
    );
}
