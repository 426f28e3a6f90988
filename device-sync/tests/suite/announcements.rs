//! Announced classes, and the schemas they become.

use asymmetric_device_sync::{
    announcement::{Announcements, Difference},
    changeset::{
        Changeset, ColumnType, Instruction, KeyType, PrimaryKeyColumn, TableType, ValueType,
    },
};
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

#[test]
fn a_schema_that_agrees_has_no_mismatch() {
    for vector in [vectors::V1, vectors::V4] {
        let announcements = announced(&[vector]);
        for (name, schema) in announcements.schemas() {
            assert_eq!(announcements.mismatches(name, &schema), []);
        }
    }
    // Schemas say less, or the same in other words.
    let lenient = json!({
        "properties": {
            "_id": {},
            "n": { "bsonType": "int" },
            "s": { "bsonType": ["null", "string"] },
            "pos": { "bsonType": "mixed" },
        },
    });
    assert_eq!(announced(&[vectors::V1]).mismatches("M", &lenient), []);
}

#[test]
fn every_property_that_a_schema_has_otherwise_is_named() {
    let announcements = announced(&[vectors::V1, vectors::V4]);
    let mismatches = |class: &str, schema: &serde_json::Value| -> Vec<String> {
        announcements.mismatches(class, schema).iter().map(ToString::to_string).collect()
    };
    let schema = json!({
        "required": ["_id", "n", "humidity"],
        "properties": {
            "_id": { "bsonType": "string" },
            "n": { "bsonType": ["double", "date"] },
            "pos": {
                "bsonType": "object",
                "required": ["lng"],
                "properties": { "lat": { "bsonType": "string" }, "lng": { "bsonType": "double" } },
            },
        },
    });
    assert_eq!(
        mismatches("M", &schema),
        [
            "the property `_id` is objectId on the device, and string in the app's schema",
            "the property `n` is long on the device, and double or date in the app's schema",
            "the property `pos.lat` is double on the device, and string in the app's schema",
            "the app's schema requires the property `pos.lng`, which the device does not have",
            "the app's schema has no property `s`",
            "the app's schema requires the property `humidity`, which the device does not have",
        ]
    );
    let schema = json!({
        "properties": {
            "bl": { "bsonType": "objectId" },
            "bll": { "bsonType": "array", "items": { "bsonType": "long" } },
            "d": { "bsonType": "array" },
            "l": { "bsonType": "long" },
            "m": { "bsonType": "string" },
            "u": { "bsonType": "array", "items": { "bsonType": "string" } },
        },
    });
    assert_eq!(
        mismatches("A", &schema),
        [
            "the property `bl` is string on the device, and objectId in the app's schema",
            "the property `bll` is string on the device, and long in the app's schema",
            "the property `d` is object on the device, and array in the app's schema",
            "the property `l` is array on the device, and long in the app's schema",
            "the property `m` is mixed on the device, and string in the app's schema",
        ]
    );
}

#[test]
fn of_a_class_that_another_server_knows_only_what_is_new_is_compared() {
    // AddColumn M.extra, String, nullable.
    let announcements = announced(&["3f00014d3f010565787472613f0200060001030100"]);
    assert!(!announcements.is_asymmetric("M"));
    let schema = json!({ "required": ["n"], "properties": { "n": { "bsonType": "long" } } });
    let [mismatch] = &announcements.mismatches("M", &schema)[..] else { panic!() };
    assert_eq!((mismatch.property.as_str(), &mismatch.difference), ("extra", &Difference::Unknown));
}

/// Announces embedded classes, each with a property for every one of them, and an asymmetric class
/// that embeds the first.
fn embedding_each_other(classes: usize) -> Announcements {
    let names: Vec<_> = (0..classes).map(|number| format!("E{number}")).collect();
    let mut announcements = Announcements::default();
    let link = |target| ColumnType {
        value: Some(ValueType::Link(target)),
        nullable: true,
        collection: None,
    };
    for table in &names {
        announcements.apply(&Instruction::AddTable { table, kind: TableType::Embedded });
        for target in &names {
            let kind = link(target);
            announcements.apply(&Instruction::AddColumn { table, field: target, kind });
        }
    }
    let key = PrimaryKeyColumn { field: "_id", kind: KeyType::Int, nullable: false };
    announcements.apply(&Instruction::AddTable { table: "A", kind: TableType::Asymmetric(key) });
    announcements.apply(&Instruction::AddColumn { table: "A", field: "e", kind: link("E0") });
    announcements
}

#[test]
fn a_class_that_embeds_itself_ends_where_it_begins_again() {
    let announcements = embedding_each_other(1);
    let schemas = announcements.schemas();
    assert_eq!(
        schemas["A"]["properties"]["e"],
        json!({
            "title": "E0",
            "bsonType": "object",
            "properties": { "E0": { "title": "E0", "bsonType": "object" } },
        })
    );
}

#[test]
fn classes_that_embed_each_other_in_all_ways_become_a_schema_of_bounded_size() {
    let announcements = embedding_each_other(30);
    let schema = announcements.schemas().remove("A").unwrap();
    let properties = schema.to_string().matches("bsonType").count();
    assert!((5_000..12_000).contains(&properties), "{properties}");
    assert_eq!(announcements.mismatches("A", &schema), []);
}

#[test]
fn columns_of_a_class_that_was_announced_before_are_additions() {
    let mut announcements = Announcements::default();
    let kind = ColumnType { value: Some(ValueType::Int), nullable: true, collection: None };
    announcements.apply(&Instruction::AddColumn { table: "M", field: "more", kind });
    assert_eq!(announcements.schemas().len(), 0);
    let properties = json!({ "more": { "bsonType": "long" } });
    let expected = json!({ "title": "M", "bsonType": "object", "properties": properties });
    assert_eq!(announcements.additions(), [("M", expected)].into());
    // Of a class that is announced too, everything is in its schema.
    assert_eq!(announced(&[vectors::V1]).additions().len(), 0);
}
