//! Expressions that nobody would write: none may panic, and an expression that becomes a query must
//! mean the same as one.

use bson::{Document, RawDocumentBuf};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::query::Filter;

fn name() -> impl Strategy<Value = String> {
    let names = [
        "a",
        "b",
        "c.d",
        "_id",
        "",
        ".",
        "$eq",
        "$ne",
        "$gt",
        "$lte",
        "$in",
        "$nin",
        "$exists",
        "%exists",
        "%and",
        "%or",
        "%not",
        "%nor",
        "$and",
        "$where",
        "%function",
        "%stringToOid",
        "%uuidToString",
        "%%user.id",
        "%%user.custom_data.list",
        "%%user.absent",
        "%%root.a",
        "%%prevRoot.b",
        "%%this",
        "%%values.v",
        "%%true",
        "%%bad",
        "name",
        "arguments",
        "$oid",
        "$numberLong",
        "$date",
    ];
    proptest::sample::select(names.to_vec()).prop_map(str::to_owned)
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3..4_i64).prop_map(Value::from),
        Just(json!(1.5)),
        name().prop_map(Value::from),
    ]
}

fn anything() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name(), inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Expressions that compile, over the fields of `document`.
fn sensible() -> impl Strategy<Value = Value> {
    let literal = prop_oneof![
        (-2..3_i64).prop_map(Value::from),
        Just(json!("x")),
        Just(json!("%%user.id")),
        Just(json!("%%user.absent")),
        Just(json!("%%user.list")),
        Just(json!([1, "x"])),
        any::<bool>().prop_map(Value::from),
    ];
    let field = proptest::sample::select(vec!["a", "b", "c.d"]);
    let operator = proptest::sample::select(vec!["$eq", "$ne", "$gt", "$gte", "$lt", "$lte"]);
    let list = prop::collection::vec((-2..3_i64).prop_map(Value::from), 0..3);
    let leaf = prop_oneof![
        (field.clone(), literal.clone()).prop_map(|(field, value)| json!({ field: value })),
        (field.clone(), operator, literal)
            .prop_map(|(field, operator, value)| json!({ field: { operator: value } })),
        (field.clone(), any::<bool>(), list).prop_map(|(field, is, list)| {
            json!({ field: { (if is { "$in" } else { "$nin" }): list } })
        }),
        (field, any::<bool>()).prop_map(|(field, there)| json!({ field: { "$exists": there } })),
    ];
    leaf.prop_recursive(3, 20, 3, |inner| {
        (proptest::sample::select(vec!["%and", "%or", "%nor"]), prop::collection::vec(inner, 1..4))
            .prop_map(|(operator, parts)| json!({ operator: parts }))
    })
}

fn document() -> impl Strategy<Value = RawDocumentBuf> {
    let value = prop_oneof![
        (-2..3_i32).prop_map(bson::Bson::from),
        Just(bson::Bson::from("x")),
        Just(bson::Bson::from("u1")),
        Just(bson::bson!([1, "x"])),
        Just(bson::bson!([{ "d": 1 }, { "d": "x" }])),
        Just(bson::Bson::Null),
        any::<bool>().prop_map(bson::Bson::from),
        (-2..3_i32).prop_map(|number| bson::bson!({ "d": number })),
    ];
    let names = proptest::sample::select(vec!["a", "b", "c"]);
    prop::collection::vec((names, value), 0..4).prop_map(|fields| {
        let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value));
        RawDocumentBuf::try_from(&fields.collect::<Document>()).unwrap()
    })
}

fn known() -> Document {
    bson::doc! { "user": { "id": "u1", "list": [1, 2] } }
}

proptest! {
    #[test]
    fn no_expression_panics(expression in anything(), document in document()) {
        let rules = json!({ "roles": [{
            "name": "r", "apply_when": expression, "insert": expression, "write": expression,
            "document_filters": { "read": expression, "write": expression },
            "fields": { "a": { "write": expression } },
        }], "filters": [{ "query": { "a": expression } }] });
        if let Ok(rules) = Rules::compile(&rules) {
            let scope = Scope::new(&known(), &NoFunctions).unwrap();
            drop(rules.filters(&scope));
            if let Ok(Some(role)) = rules.select(&scope) {
                drop(role.visible());
                drop(role.readable(&document));
                drop(role.may_insert(&document));
                drop(role.may_update(&document, &document));
                drop(role.may_delete(&document));
            }
        }
    }

    #[test]
    fn a_query_finds_what_the_expression_holds_of(
        expression in sensible(),
        documents in prop::collection::vec(document(), 1..8),
    ) {
        let scope = Scope::new(&known(), &NoFunctions).unwrap();
        let bound = Expression::compile(&expression).unwrap().bind(&scope).unwrap();
        if let Some(query) = bound.to_query() {
            let filter = Filter::compile(&query).unwrap();
            for document in documents {
                prop_assert_eq!(
                    bound.matches(Documents::root(&document)),
                    filter.matches(&document),
                    "{} as {} of {:?}", expression, query, document
                );
            }
        }
    }
}
