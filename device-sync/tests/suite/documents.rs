//! Changesets, and the documents they become.

use asymmetric_device_sync::{
    changeset::{ChangesetErrorKind, InstructionKind},
    document::{DocumentError, Object, Objects, OwnedKey, State},
};
use bson::{Bson, DateTime, Decimal128, Document, doc, oid::ObjectId};
use serde_json::{Value as Json, json};

use crate::{bytes, vectors};

fn objects(changeset: &[u8]) -> Vec<Object> {
    Objects::decode(changeset).expect("the changeset is sound").into_objects().collect()
}

fn error(changeset: &[u8]) -> ChangesetErrorKind {
    Objects::decode(changeset).expect_err("the changeset is not sound").kind
}

fn document_by(object: &Object, schema: Option<&Json>) -> Document {
    object.to_bson(schema, &|class| format!("{class}s")).expect("the object fits BSON")
}

/// The document of the only object of a changeset, without the help of a schema.
fn document(vector: &str) -> Document {
    let objects = objects(&bytes(vector));
    assert_eq!(objects.len(), 1, "{objects:?}");
    assert_eq!(objects[0].state, State::Created);
    document_by(&objects[0], None)
}

fn id(last: u8) -> ObjectId {
    ObjectId::from_bytes([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, last])
}

#[test]
fn properties_and_embedded_objects_become_documents() {
    assert_eq!(document(vectors::V2), doc! { "_id": id(0x0c), "n": 42_i64, "s": "hi" });
    assert_eq!(document(vectors::V3), doc! { "_id": id(0x0d), "pos": { "lat": 1.0 } });
}

#[test]
fn collections_appear_without_being_announced() {
    assert_eq!(
        document(vectors::V5),
        doc! { "_id": 7_i64, "l": [1_i64, -1_i64], "d": { "k": "v" }, "u": ["x"] }
    );
}

#[test]
fn links_become_the_keys_they_point_to_and_in_mixed_values_references() {
    let expected = doc! { "_id": 8_i64, "bl": "pk1", "bll": ["pk1"] };
    assert_eq!(document(vectors::V7), expected);
    let objects = objects(&bytes(vectors::V7));
    let mixed = json!({ "properties": { "bl": { "bsonType": "mixed" } } });
    assert_eq!(
        document_by(&objects[0], Some(&mixed)),
        doc! { "_id": 8_i64, "bl": { "$ref": "Bs", "$id": "pk1" }, "bll": ["pk1"] }
    );
}

#[test]
fn mixed_values_nest() {
    assert_eq!(document(vectors::V8), doc! { "_id": 9_i64, "m": ["q", { "z": true }] });
    assert_eq!(document(vectors::V9), doc! { "_id": 10_i64, "m": 5_i64 });
}

#[test]
fn lists_sets_and_dictionaries_are_changed_in_place() {
    assert_eq!(document(vectors::V10), doc! { "_id": 11_i64, "l": [], "d": {}, "u": [] });
}

#[test]
fn the_last_of_several_values_counts() {
    assert_eq!(document(vectors::V13), doc! { "_id": id(0x0e), "n": 8192_i64, "s": Bson::Null });
    let least: Decimal128 = "12345678901234567890.5".parse().unwrap();
    assert_eq!(document(vectors::V14), doc! { "_id": 12_i64, "m": least });
}

#[test]
fn every_type_of_a_captured_object_arrives() {
    let objects = objects(&bytes(vectors::CAPTURED_OBJECT));
    let hex = ObjectId::parse_str;
    let uuid = bson::Uuid::parse_str("3b241101-e2bb-4255-8caf-4136c566a962").unwrap();
    let bytes =
        bson::Binary { subtype: bson::spec::BinarySubtype::Generic, bytes: vec![1, 2, 255] };
    let decimal: Decimal128 = "-123.45".parse().unwrap();
    let expected = doc! {
        "_id": hex("00112233445566778899aa01").unwrap(),
        "i": -295_i64,
        "b": true,
        "s": Bson::Null,
        "bin": bytes,
        "ts": DateTime::from_millis(-5250),
        "f": 1.5,
        "d": -2.25,
        "dec": decimal,
        "oid": hex("ffeeddccbbaa998877665544").unwrap(),
        "uuid": uuid,
        "any": 7_i64,
        "emb": { "value": "x", "n": 5_i64 },
        "li": [10_i64, -1_i64, 64_i64],
        "le": [{ "value": "a" }, { "value": "b" }],
        "ds": { "k1": "v1" },
        "de": { "kk": { "value": "z" } },
        "ss": ["m"],
    };
    assert_eq!(document_by(&objects[0], None), expected);
    assert_eq!(&*objects[0].class, "Reading");
}

#[test]
fn a_schema_narrows_integers_that_fit() {
    let objects = objects(&bytes(vectors::V5));
    let schema = json!({ "properties": {
        "_id": { "bsonType": "int" },
        "l": { "bsonType": "array", "items": { "bsonType": "int" } },
    } });
    assert_eq!(
        document_by(&objects[0], Some(&schema)),
        doc! { "_id": 7_i32, "l": [1_i32, -1_i32], "d": { "k": "v" }, "u": ["x"] }
    );
    // 2^31 does not fit, and stays what it is for the validator to judge.
    let large = b"\x3f\x00\x01A\x02\x00\x01\x80\x80\x80\x80\x08";
    let object = self::objects(large).remove(0);
    assert_eq!(document_by(&object, Some(&schema)).get("_id"), Some(&Bson::Int64(1 << 31)));
}

#[test]
fn required_collections_are_empty_where_the_device_is_silent() {
    let object = objects(&bytes(vectors::V2)).remove(0);
    let schema = json!({
        "required": ["_id", "n", "l", "d", "e"],
        "properties": {
            "l": { "bsonType": "array" },
            "d": { "bsonType": "object", "additionalProperties": { "bsonType": "int" } },
            "e": { "bsonType": "object", "properties": {} },
            "o": { "bsonType": "array" },
        },
    });
    assert_eq!(
        document_by(&object, Some(&schema)),
        doc! { "_id": id(0x0c), "n": 42_i64, "s": "hi", "l": [], "d": {} }
    );
}

#[test]
fn deleted_objects_and_later_changes_are_told_apart() {
    let deleted = objects(&bytes(vectors::V11)).remove(0);
    assert_eq!(deleted.state, State::Erased);
    assert_eq!((&*deleted.class, &deleted.key), ("B", &OwnedKey::String("pk1".into())));

    // Update A 1 .n = 5, without its creation; then a list insertion, which needs the list.
    let update = b"\x3f\x00\x01A\x3f\x01\x01n\x04\x00\x01\x01\x01\x00\x01\x05\x00";
    let changed = objects(update).remove(0);
    assert_eq!(changed.state, State::Updated);
    assert_eq!(document_by(&changed, None), doc! { "_id": 1_i64, "n": 5_i64 });
    // That stops neither the other objects nor what is set anew.
    let insert = b"\x08\x00\x01\x01\x01\x01\x00\x01\x05\x00";
    let other = b"\x3f\x02\x01k\x04\x00\x01\x01\x02\x00\x01\x06\x00\x02\x00\x01\x02";
    let both = objects(&[update.as_slice(), insert, other].concat());
    assert_eq!(both[0].state, State::Relative);
    assert_eq!(document_by(&both[0], None), doc! { "_id": 1_i64, "n": 5_i64, "k": 6_i64 });
    assert_eq!(both[1].state, State::Created);

    // An object that is gone is changed by nobody.
    let erased = b"\x3f\x00\x01A\x3f\x01\x01n\x03\x00\x01\x01";
    let change = b"\x04\x00\x01\x01\x01\x00\x01\x05\x00";
    assert_eq!(error(&[erased.as_slice(), change].concat()), ChangesetErrorKind::Erased);
}

#[test]
fn an_optional_property_that_is_null_is_absent() {
    let object = objects(&bytes(vectors::V13)).remove(0);
    let absent = doc! { "_id": id(0x0e), "n": 8192_i64 };
    let null = doc! { "_id": id(0x0e), "n": 8192_i64, "s": Bson::Null };
    for (schema, expected) in [
        (json!({ "properties": { "s": { "bsonType": "string" } } }), &absent),
        // Where null means something, or the schema shall judge, it stays.
        (json!({ "properties": { "s": { "bsonType": "mixed" } } }), &null),
        (json!({ "properties": { "s": { "bsonType": ["null", "string"] } } }), &null),
        (json!({ "required": ["s"], "properties": { "s": { "bsonType": "string" } } }), &null),
        (json!({ "properties": { "n": { "bsonType": "long" } } }), &null),
    ] {
        assert_eq!(&document_by(&object, Some(&schema)), expected, "{schema}");
    }
}

#[test]
fn creating_an_object_twice_keeps_the_first() {
    let twice = [
        bytes(vectors::V2),
        b"\x02\x00\x0a\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c".to_vec(),
    ]
    .concat();
    let objects = objects(&twice);
    assert_eq!(objects.len(), 1);
    assert_eq!(document_by(&objects[0], None), doc! { "_id": id(0x0c), "n": 42_i64, "s": "hi" });
}

/// Creates A 1, and goes on with its property `n`, which is interned as 1; `k` is 2.
fn with_object(instructions: &[u8]) -> Vec<u8> {
    let head = b"\x3f\x00\x01A\x3f\x01\x01n\x3f\x02\x01k\x02\x00\x01\x01";
    [head.as_slice(), instructions].concat()
}

#[test]
fn paths_that_lead_nowhere_are_refused() {
    let scalar = b"\x04\x00\x01\x01\x01\x00\x01\x05\x00".as_slice();
    // Through a scalar, by key and by index.
    let by_key = [scalar, b"\x04\x00\x01\x01\x01\x01\x40\x02\x01\x05\x00"].concat();
    let by_index = [scalar, b"\x08\x00\x01\x01\x01\x01\x00\x01\x05\x00"].concat();
    for (instructions, expected) in
        [(by_key, "a dictionary or an embedded object"), (by_index, "a list")]
    {
        let error = Objects::decode(&with_object(&instructions)).unwrap_err();
        assert_eq!(
            error.kind,
            ChangesetErrorKind::WrongContainer {
                at: "n".into(),
                found: "a value without an inside",
                expected
            }
        );
        assert_eq!(error.table.as_deref(), Some("A"));
    }
    // An insertion beyond the end; an element that is not there; a length that differs.
    let beyond = b"\x08\x00\x01\x01\x01\x01\x01\x01\x05\x00";
    assert_eq!(error(&with_object(beyond)), ChangesetErrorKind::NoElement("n[1]".into()));
    let missing = b"\x0a\x00\x01\x01\x01\x01\x00\x00";
    assert_eq!(error(&with_object(missing)), ChangesetErrorKind::NoElement("n[0]".into()));
    let shorter = b"\x08\x00\x01\x01\x01\x01\x00\x01\x05\x03";
    assert_eq!(
        error(&with_object(shorter)),
        ChangesetErrorKind::ListLength { expected: 3, found: 0 }
    );
    // A value of a dictionary that was never set has no inside.
    let inside = b"\x04\x00\x01\x01\x01\x02\x40\x02\x40\x02\x01\x05\x00";
    assert_eq!(error(&with_object(inside)), ChangesetErrorKind::NoElement("n.k".into()));
}

#[test]
fn payloads_without_meaning_are_refused() {
    let object_in_set = b"\x0c\x00\x01\x01\x01\x00\x41";
    assert_eq!(
        error(&with_object(object_in_set)),
        ChangesetErrorKind::Misplaced("an embedded object")
    );
    let erase_property = b"\x04\x00\x01\x01\x01\x00\x43\x00";
    assert_eq!(error(&with_object(erase_property)), ChangesetErrorKind::Misplaced("removal"));
    let erase_in_list = b"\x08\x00\x01\x01\x01\x01\x00\x43\x00";
    let failed = Objects::decode(&with_object(erase_in_list)).unwrap_err();
    assert_eq!(failed.kind, ChangesetErrorKind::Misplaced("removal"));
    assert_eq!(failed.instruction, Some(InstructionKind::ArrayInsert));
}

#[test]
fn adding_to_nothing_adds_nothing_and_wraps_around() {
    let absent = b"\x05\x00\x01\x01\x01\x00\x05";
    assert_eq!(document_by(&objects(&with_object(absent))[0], None), doc! { "_id": 1_i64 });
    let max = b"\x04\x00\x01\x01\x01\x00\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00";
    let wrapped = [max.as_slice(), b"\x05\x00\x01\x01\x01\x00\x01"].concat();
    let object = objects(&with_object(&wrapped)).remove(0);
    assert_eq!(document_by(&object, None), doc! { "_id": 1_i64, "n": i64::MIN });
}

#[test]
fn a_cleared_collection_is_there_if_the_client_says_what_it_is() {
    for (kind, expected) in [
        (0, doc! { "_id": 1_i64 }),
        (1, doc! { "_id": 1_i64, "n": [] }),
        (2, doc! { "_id": 1_i64, "n": {} }),
        (3, doc! { "_id": 1_i64, "n": [] }),
    ] {
        let clear = [b"\x0b\x00\x01\x01\x01\x00".as_slice(), &[kind]].concat();
        assert_eq!(document_by(&objects(&with_object(&clear))[0], None), expected, "{kind}");
    }
}

#[test]
fn a_hostile_run_of_insertions_ends() {
    // Each insertion at the front moves all that is there; the bytes are few.
    let mut changeset = with_object(&[]);
    for length in 0..20_000_u32 {
        changeset.extend(b"\x08\x00\x01\x01\x01\x01\x00\x00");
        changeset.extend(integer(length));
    }
    assert_eq!(error(&changeset), ChangesetErrorKind::TooMuchWork { limit: 1 << 26 });
}

#[test]
fn a_name_that_is_meant_over_and_over_is_not_copied_without_end() {
    // A name of a mebibyte stands in the changeset once, and would in every object.
    let mut changeset = b"\x3f\x00\x01A\x3f\x01".to_vec();
    changeset.extend(integer(1 << 20));
    changeset.extend(vec![b'n'; 1 << 20]);
    for key in 0..100 {
        let key = [&[0x01], integer(key).as_slice()].concat();
        changeset.extend([b"\x02\x00".as_slice(), &key].concat());
        changeset.extend([b"\x04\x00", key.as_slice(), b"\x01\x00\x00\x00"].concat());
    }
    assert_eq!(error(&changeset), ChangesetErrorKind::NamesTooLong { limit: 1 << 26 });
}

/// A number as Realm encodes it.
fn integer(mut value: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 64 {
        bytes.push(u8::try_from(value & 0x7f).unwrap() | 0x80);
        value >>= 7;
    }
    bytes.push(u8::try_from(value).unwrap());
    bytes
}

#[test]
fn names_that_bson_cannot_hold_are_refused() {
    let nul = b"\x3f\x00\x01A\x3f\x01\x02a\x00\x02\x00\x01\x01\x04\x00\x01\x01\x01\x00\x00\x00";
    let object = objects(nul).remove(0);
    let refused = object.to_bson(None, &str::to_owned).unwrap_err();
    assert_eq!(refused, DocumentError::NulInName("a\0".into()));
    let key = b"\x3f\x00\x01A\x3f\x01\x03_id\x02\x00\x01\x01\x04\x00\x01\x01\x01\x00\x01\x02\x00";
    let object = objects(key).remove(0);
    assert_eq!(object.to_bson(None, &str::to_owned), Err(DocumentError::PrimaryKeySet));
}
