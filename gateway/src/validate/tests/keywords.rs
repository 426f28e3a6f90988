//! Every keyword, broken and kept, with path and code.

use bson::{
    Bson, RawDocumentBuf,
    spec::BinarySubtype::{Generic, Uuid},
};
use serde_json::{Value, json};

use super::{NullRules, Validator, violations};

/// Checks a value against the schema of a property `v`.
fn check(schema: &Value, value: impl Into<Bson>) -> Vec<String> {
    let document = bson::doc! { "v": value.into() };
    let document = RawDocumentBuf::try_from(&document).unwrap();
    violations(&json!({ "properties": { "v": schema } }), NullRules::STRICT, &document)
}

fn binary(subtype: bson::spec::BinarySubtype) -> Bson {
    bson::Binary { subtype, bytes: vec![0; 16] }.into()
}

#[test]
fn types_are_exact() {
    let decimal: bson::Decimal128 = "1".parse().unwrap();
    let values: [(&str, Bson); 13] = [
        ("int", 1.into()),
        ("long", 1_i64.into()),
        ("double", 1.0.into()),
        ("decimal", decimal.into()),
        ("string", "1".into()),
        ("bool", true.into()),
        ("date", bson::DateTime::now().into()),
        ("objectId", bson::oid::ObjectId::new().into()),
        ("null", Bson::Null),
        ("object", bson::doc! {}.into()),
        ("array", bson::bson!([])),
        ("minKey", Bson::MinKey),
        ("timestamp", Bson::Timestamp(bson::Timestamp { time: 1, increment: 1 })),
    ];
    for (schema, _) in &values {
        for (name, value) in &values {
            let expected = if schema == name { vec![] } else { vec!["v invalid_type".to_owned()] };
            assert_eq!(check(&json!({"bsonType": schema}), value.clone()), expected, "{schema}");
        }
    }
}

#[test]
fn the_types_of_app_services_are_sets_of_those_of_bson() {
    let fits = |name: &str, value: Bson| check(&json!({"bsonType": name}), value).is_empty();
    assert!(fits("float", 1.5.into()) && !fits("float", 1.into()));
    assert!(fits("uuid", binary(Uuid)) && !fits("uuid", binary(Generic)));
    assert!(fits("binData", binary(Uuid)) && fits("binary", binary(Generic)));
    for value in [1.into(), 1_i64.into(), 0.5.into()] {
        assert!(fits("number", value));
    }
    assert!(!fits("number", "1".into()));
    for value in [Bson::Null, bson::bson!([1]), bson::bson!({"a": 1}), binary(Uuid)] {
        assert!(fits("mixed", value));
    }
    let union = json!({"bsonType": ["string", "null"]});
    assert_eq!(check(&union, Bson::Null), [""; 0]);
    assert_eq!(check(&union, 1), ["v invalid_type"]);
    let json_type = json!({"type": ["number", "boolean"]});
    assert_eq!(check(&json_type, 1_i64), [""; 0]);
    assert_eq!(check(&json_type, "x"), ["v invalid_type"]);
}

#[test]
fn a_broken_keyword_is_told_by_its_code_and_path() {
    let long: Vec<Bson> = (0..40).map(Bson::Int32).chain([Bson::Int32(3)]).collect();
    let cases: Vec<(Value, Bson, &[&str])> = vec![
        (json!({"enum": ["a", 1]}), "b".into(), &["v enum"]),
        (json!({"const": {"$numberLong": "5"}}), 6.into(), &["v const"]),
        (json!({"minimum": 3}), 2.into(), &["v number_gte"]),
        (json!({"minimum": 3, "exclusiveMinimum": true}), 3.into(), &["v number_gt"]),
        (json!({"exclusiveMinimum": 3}), 3.into(), &["v number_gt"]),
        (json!({"maximum": 3.5}), 4.into(), &["v number_lte"]),
        (json!({"maximum": 3, "exclusiveMaximum": true}), 3.0.into(), &["v number_lt"]),
        (json!({"minimum": 1, "maximum": 2}), f64::NAN.into(), &["v number_gte", "v number_lte"]),
        (json!({"multipleOf": 0.5}), 0.75.into(), &["v multiple_of"]),
        (json!({"minLength": 2}), "ä".into(), &["v string_gte"]),
        (json!({"maxLength": 2}), "äöü".into(), &["v string_lte"]),
        (json!({"pattern": "^a"}), "ba".into(), &["v pattern"]),
        (json!({"minItems": 1}), bson::bson!([]), &["v array_min_items"]),
        (json!({"maxItems": 1}), bson::bson!([1, 2]), &["v array_max_items"]),
        (json!({"uniqueItems": true}), bson::bson!([1, 2, 1.0]), &["v unique"]),
        (json!({"uniqueItems": true}), Bson::Array(long), &["v unique"]),
        (
            json!({"items": {"bsonType": "int"}}),
            bson::bson!([1, "x", true]),
            &["v.1 invalid_type", "v.2 invalid_type"],
        ),
        (
            json!({"items": [{"bsonType": "int"}], "additionalItems": false}),
            bson::bson!(["a", 2]),
            &["v.0 invalid_type", "v.1 array_no_additional_items"],
        ),
        (
            json!({"items": [{}], "additionalItems": {"bsonType": "int"}}),
            bson::bson!([true, true]),
            &["v.1 invalid_type"],
        ),
        (json!({"contains": {"minimum": 5}}), bson::bson!([1, 2]), &["v contains"]),
        (json!({"required": ["a", "b"]}), bson::bson!({"b": 1}), &["v.a required"]),
        (
            json!({"properties": {"a": {"bsonType": "int"}}}),
            bson::bson!({"a": "x"}),
            &["v.a invalid_type"],
        ),
        (
            json!({"properties": {"a": {}}, "additionalProperties": false}),
            bson::bson!({"a": 1, "b": 1}),
            &["v.b additional_property_not_allowed"],
        ),
        (
            json!({"required": ["a"], "additionalProperties": {"bsonType": "int"}}),
            bson::bson!({"a": "x"}),
            &["v.a invalid_type"],
        ),
        (
            json!({"patternProperties": {"^n_": {"bsonType": "int"}}, "additionalProperties": false}),
            bson::bson!({"n_1": 1, "n_2": "x", "o": 1}),
            &["v.n_2 invalid_type", "v.o additional_property_not_allowed"],
        ),
        (json!({"minProperties": 1}), bson::bson!({}), &["v array_min_properties"]),
        (json!({"maxProperties": 1}), bson::bson!({"a": 1, "b": 1}), &["v array_max_properties"]),
        (json!({"dependencies": {"a": ["b"]}}), bson::bson!({"a": 1}), &["v.b missing_dependency"]),
        (
            json!({"dependencies": {"a": {"required": ["c"]}}}),
            bson::bson!({"a": 1}),
            &["v.c required"],
        ),
        (
            json!({"propertyNames": {"maxLength": 1}}),
            bson::bson!({"aa": 1}),
            &["v.aa invalid_property_name"],
        ),
        (
            json!({"allOf": [{"minimum": 5}, {"maximum": 0}]}),
            3.into(),
            &["v number_gte", "v number_lte", "v number_all_of"],
        ),
        (json!({"anyOf": [{"minimum": 5}, {"maximum": 0}]}), 3.into(), &["v number_any_of"]),
        (json!({"oneOf": [{"minimum": 1}, {"maximum": 5}]}), 3.into(), &["v number_one_of"]),
        (json!({"not": {"bsonType": "int"}}), 3.into(), &["v number_not"]),
        (
            json!({"if": {"bsonType": "int"}, "then": {"minimum": 5}}),
            3.into(),
            &["v condition_then"],
        ),
        (
            json!({"if": {"bsonType": "int"}, "else": {"enum": ["a"]}}),
            "b".into(),
            &["v condition_else"],
        ),
        (json!(false), 3.into(), &["v false"]),
    ];
    for (schema, value, expected) in cases {
        assert_eq!(check(&schema, value), expected, "{schema}");
    }
}

#[test]
fn a_keyword_says_nothing_about_values_of_another_kind() {
    let schema = json!({
        "minimum": 5, "multipleOf": 2, "minLength": 5, "pattern": "^x", "minItems": 5,
        "uniqueItems": true, "required": ["a"], "minProperties": 5,
    });
    for value in [Bson::Null, true.into(), bson::oid::ObjectId::new().into()] {
        assert_eq!(check(&schema, value), [""; 0]);
    }
    assert_eq!(check(&schema, 8), [""; 0]);
    assert_eq!(check(&schema, "xxxxx"), [""; 0]);
    assert_eq!(check(&schema, bson::bson!([1, 2, 3, 4, 5])), [""; 0]);
}

#[test]
fn all_violations_are_told_with_their_paths_up_to_ten() {
    let schema = json!({
        "title": "Reading", "bsonType": "object", "required": ["_id", "at"],
        "properties": {
            "_id": {"bsonType": "objectId"},
            "at": {"bsonType": "date"},
            "wind": {
                "title": "Wind", "bsonType": "object", "required": ["speed"],
                "properties": {"speed": {"bsonType": "double", "minimum": 0}}
            },
            "samples": {"bsonType": "array", "items": {"bsonType": "double"}},
        }
    });
    let document = bson::rawdoc! { "_id": "x", "wind": { "speed": -1.0 }, "samples": [1.0, 2] };
    assert_eq!(
        violations(&schema, NullRules::STRICT, &document),
        ["_id invalid_type", "wind.speed number_gte", "samples.1 invalid_type", "at required"]
    );
    let many = bson::RawArrayBuf::from_iter([0; 50]);
    let document = bson::rawdoc! { "samples": many };
    assert_eq!(violations(&schema, NullRules::STRICT, &document).len(), 10);
}

#[test]
fn more_required_properties_than_a_machine_word_has_bits() {
    let names: Vec<String> = (0..200).map(|n| format!("p{n}")).collect();
    let schema = json!({"required": names});
    let mut document = bson::Document::new();
    for name in &names {
        document.insert(name, 1);
    }
    let raw = RawDocumentBuf::try_from(&document).unwrap();
    assert_eq!(violations(&schema, NullRules::STRICT, &raw), [""; 0]);
    document.remove("p130");
    let raw = RawDocumentBuf::try_from(&document).unwrap();
    assert_eq!(violations(&schema, NullRules::STRICT, &raw), ["p130 required"]);
}

#[test]
fn a_name_that_is_repeated_does_not_stand_for_another() {
    let mut document = bson::rawdoc! { "a": 1 };
    document.append(bson::cstr!("a"), 2);
    let schema = json!({"required": ["a", "b"]});
    assert_eq!(violations(&schema, NullRules::STRICT, &document), ["b required"]);
}

#[test]
fn a_schema_that_means_nothing_is_refused_with_its_place() {
    for (schema, at) in [
        (json!({"bsonType": "integer"}), "bsonType"),
        (json!({"bsonType": "int", "type": "number"}), ""),
        (json!({"type": "integer"}), "type"),
        (json!({"properties": {"a": {"minimum": "x"}}}), "properties.a.minimum"),
        (json!({"properties": {"a": {"pattern": "("}}}), "properties.a.pattern"),
        (json!({"exclusiveMinimum": true}), "exclusiveMinimum"),
        (json!({"multipleOf": 0}), "multipleOf"),
        (json!({"items": [1]}), "items.0"),
        (json!({"required": "a"}), "required"),
        (json!({"enum": []}), "enum"),
        (json!({"anyOf": []}), "anyOf"),
        (json!({"minLength": -1}), "minLength"),
        (json!({"uniqueItems": "yes"}), "uniqueItems"),
        (json!({"dependencies": {"a": 1}}), "dependencies.a"),
        (json!("object"), ""),
    ] {
        let error = Validator::compile(&schema, NullRules::STRICT).unwrap_err();
        assert_eq!(error.at, at, "{schema}: {error}");
        assert!(!error.problem.is_empty());
    }
    let nested = (0..500).fold(json!({}), |inner, _| json!({"not": inner}));
    assert!(Validator::compile(&nested, NullRules::STRICT).is_err());
}

#[test]
fn what_is_not_enforced_is_told() {
    let schema = json!({"properties": {
        "a": {"validate": {"%%this": 1}}, "b": {"items": {"format": "email"}}
    }});
    let validator = Validator::compile(&schema, NullRules::STRICT).unwrap();
    assert_eq!(validator.not_enforced(), ["properties.a.validate", "properties.b.items.format"]);
}
