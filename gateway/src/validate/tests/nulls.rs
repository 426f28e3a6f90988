//! Null, missing, undefined.

use bson::{Bson, RawDocumentBuf};
use serde_json::json;

use super::{NullRules, violations};

const ALLOWED: NullRules = NullRules { optional_properties: true, elements: true };

fn check(nulls: NullRules, document: &bson::Document) -> Vec<String> {
    let schema = json!({
        "required": ["needed"],
        "properties": {
            "needed": {"bsonType": "int"},
            "optional": {"bsonType": "int"},
            "list": {"bsonType": "array", "items": {"bsonType": "int"}},
            "map": {"bsonType": "object", "additionalProperties": {"bsonType": "int"}},
        }
    });
    violations(&schema, nulls, &RawDocumentBuf::try_from(document).unwrap())
}

#[test]
fn an_optional_property_may_be_null_where_the_app_says_so() {
    for nothing in [Bson::Null, Bson::Undefined] {
        let document = bson::doc! { "needed": 1, "optional": nothing };
        assert_eq!(check(ALLOWED, &document), [""; 0]);
        assert_eq!(check(NullRules::INGEST, &document), ["optional invalid_type"]);
        assert_eq!(check(NullRules::STRICT, &document), ["optional invalid_type"]);
    }
    assert_eq!(check(NullRules::STRICT, &bson::doc! { "needed": 1 }), [""; 0]);
}

#[test]
fn a_required_property_is_never_null() {
    for rules in [ALLOWED, NullRules::INGEST, NullRules::STRICT] {
        assert_eq!(check(rules, &bson::doc! { "needed": null }), ["needed invalid_type"]);
        assert_eq!(check(rules, &bson::doc! {}), ["needed required"]);
        // Undefined is of the wrong type, and as good as missing.
        let undefined = check(rules, &bson::doc! { "needed": Bson::Undefined });
        assert_eq!(undefined, ["needed invalid_type", "needed required"]);
    }
}

#[test]
fn elements_of_collections_may_be_null_in_objects_of_devices() {
    for document in [
        bson::doc! { "needed": 1, "list": [1, null] },
        bson::doc! { "needed": 1, "map": {"a": null} },
    ] {
        assert_eq!(check(ALLOWED, &document), [""; 0]);
        assert_eq!(check(NullRules::INGEST, &document), [""; 0]);
        assert_eq!(check(NullRules::STRICT, &document).len(), 1);
    }
    // A null collection is another matter.
    let null = bson::doc! { "needed": 1, "list": null };
    assert_eq!(check(NullRules::INGEST, &null), ["list invalid_type"]);
}
