//! Schemas and values that have much to do with each other.

use bson::{Bson, Document, oid::ObjectId};
use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::{Map, Value, json};

/// Values of few types and few forms, nested up to three levels.
pub(super) fn value() -> impl Strategy<Value = Bson> {
    let decimal = (-3..8_i32).prop_map(|n| n.to_string().parse().expect("a number"));
    nested(prop_oneof![8 => scalar(), 1 => decimal.prop_map(Bson::Decimal128)].boxed())
}

/// The same without decimals: the server of the tests compares them with nothing.
pub(super) fn value_without_decimals() -> impl Strategy<Value = Bson> {
    nested(scalar().boxed())
}

fn scalar() -> impl Strategy<Value = Bson> {
    prop_oneof![
        (-3..8_i32).prop_map(Bson::Int32),
        (-3..8_i64).prop_map(Bson::Int64),
        (-6..16_i32).prop_map(|half| Bson::Double(f64::from(half) / 2.0)),
        "[abä]{0,4}".prop_map(Bson::String),
        any::<bool>().prop_map(Bson::Boolean),
        Just(Bson::Null),
        Just(Bson::DateTime(bson::DateTime::from_millis(1))),
        Just(Bson::ObjectId(ObjectId::from_bytes([1; 12]))),
        Just(Bson::Binary(bson::Binary {
            subtype: bson::spec::BinarySubtype::Generic,
            bytes: vec![1, 2],
        })),
    ]
}

fn nested(scalar: BoxedStrategy<Bson>) -> impl Strategy<Value = Bson> {
    scalar.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Bson::Array),
            vec((select(NAMES), inner), 0..4).prop_map(|fields| {
                let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value));
                Bson::Document(fields.collect::<Document>())
            }),
        ]
    })
}

const NAMES: &[&str] = &["a", "b", "ab", "c"];
const TYPES: &[&str] = &[
    "int", "long", "double", "decimal", "number", "string", "bool", "null", "date", "objectId",
    "object", "array", "binData",
];

/// Schemas of the keywords that MongoDB knows.
pub(super) fn schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        3 => types().prop_map(|types| json!({ "bsonType": types })),
        2 => numbers(),
        2 => strings(),
        1 => vec(small_value(), 1..4).prop_map(|values| json!({ "enum": values })),
        1 => Just(json!({})),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let nodes = || vec(inner.clone(), 1..4);
        prop_oneof![
            3 => objects(inner.clone().boxed()),
            3 => arrays(inner.clone().boxed()),
            1 => nodes().prop_map(|nodes| json!({ "allOf": nodes })),
            1 => nodes().prop_map(|nodes| json!({ "anyOf": nodes })),
            1 => nodes().prop_map(|nodes| json!({ "oneOf": nodes })),
            1 => inner.clone().prop_map(|node| json!({ "not": node })),
        ]
    })
}

fn types() -> impl Strategy<Value = Vec<&'static str>> {
    proptest::sample::subsequence(TYPES, 1..6)
}

/// As extended JSON: of types that it tells apart.
fn small_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        (0..4).prop_map(|n: i32| json!(n)),
        "[ab]{0,2}".prop_map(|text| json!(text)),
        Just(json!(null)),
        Just(json!(true)),
        (0..4).prop_map(|n: i32| json!([n])),
        (0..4).prop_map(|n: i32| json!({ "a": n })),
    ]
}

/// Keeps the keywords that were drawn.
fn keywords(drawn: impl IntoIterator<Item = (&'static str, Option<Value>)>) -> Value {
    let kept = drawn.into_iter().filter_map(|(word, value)| Some((word.to_owned(), value?)));
    Value::Object(kept.collect::<Map<_, _>>())
}

fn numbers() -> impl Strategy<Value = Value> {
    let bound = || option::of((0..8_i32).prop_map(|half| f64::from(half) / 2.0));
    (bound(), bound(), any::<[bool; 2]>(), option::of(1..4_i32)).prop_map(
        |(minimum, maximum, exclusive, multiple)| {
            keywords([
                ("minimum", minimum.map(Into::into)),
                ("exclusiveMinimum", minimum.map(|_| exclusive[0].into())),
                ("maximum", maximum.map(Into::into)),
                ("exclusiveMaximum", maximum.map(|_| exclusive[1].into())),
                ("multipleOf", multiple.map(Into::into)),
            ])
        },
    )
}

fn strings() -> impl Strategy<Value = Value> {
    let length = || option::of(0..4_u32);
    let pattern = option::of(select(&["^a", "b$", "a.*b", "^[ab]+$"][..]));
    (length(), length(), pattern).prop_map(|(min, max, pattern)| {
        keywords([
            ("minLength", min.map(Into::into)),
            ("maxLength", max.map(Into::into)),
            ("pattern", pattern.map(Into::into)),
        ])
    })
}

fn arrays(node: BoxedStrategy<Value>) -> impl Strategy<Value = Value> {
    let count = || option::of(0..4_u32);
    let items = prop_oneof![
        node.clone().prop_map(|node| (Some(node), None)),
        (vec(node.clone(), 1..3), option::of(prop_oneof![Just(json!(false)), node]))
            .prop_map(|(first, rest)| (Some(Value::Array(first)), rest)),
        Just((None, None)),
    ];
    (items, count(), count(), option::of(any::<bool>())).prop_map(
        |((items, rest), min, max, unique)| {
            keywords([
                ("items", items),
                ("additionalItems", rest),
                ("minItems", min.map(Into::into)),
                ("maxItems", max.map(Into::into)),
                ("uniqueItems", unique.map(Into::into)),
            ])
        },
    )
}

fn objects(node: BoxedStrategy<Value>) -> impl Strategy<Value = Value> {
    let names = proptest::sample::subsequence(NAMES, 1..3);
    let properties = vec((select(NAMES), node.clone()), 1..4).prop_map(|nodes| {
        Value::Object(nodes.into_iter().map(|(name, node)| (name.to_owned(), node)).collect())
    });
    let patterns = (select(&["^a", "b"][..]), node.clone())
        .prop_map(|(pattern, node)| json!({ pattern: node }));
    let rest = prop_oneof![Just(json!(false)), Just(json!(true)), node.clone()];
    let dependencies = prop_oneof![
        (select(NAMES), select(NAMES)).prop_map(|(of, on)| json!({ of: [on] })),
        (select(NAMES), node).prop_map(|(of, node)| json!({ of: node })),
    ];
    let counts = (option::of(0..3_u32), option::of(1..4_u32));
    let all = (
        option::of(properties),
        option::of(names),
        option::weighted(0.3, patterns),
        option::weighted(0.3, rest),
        option::weighted(0.2, dependencies),
        counts,
    );
    all.prop_map(|(properties, required, patterns, rest, dependencies, (min, max))| {
        keywords([
            ("properties", properties),
            ("required", required.map(Into::into)),
            ("patternProperties", patterns),
            ("additionalProperties", rest),
            ("dependencies", dependencies),
            ("minProperties", min.map(Into::into)),
            ("maxProperties", max.map(Into::into)),
        ])
    })
}
