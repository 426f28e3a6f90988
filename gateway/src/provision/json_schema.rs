//! A schema of App Services in the words of MongoDB's `$jsonSchema`.

use serde_json::{Map, Value};

/// What MongoDB would not understand, or takes for something else.
const DROPPED: [&str; 9] =
    ["default", "validate", "format", "const", "contains", "propertyNames", "if", "then", "else"];

/// Says the same as far as MongoDB can: `float` becomes `double`, `uuid` becomes `binData`, `mixed`
/// says nothing. Elements of collections may be null, as the gateway accepts them.
pub(super) fn mongodb_schema(schema: &Value) -> Value {
    let Value::Object(keywords) = schema else { return schema.clone() };
    let mut translated = Map::new();
    for (keyword, value) in keywords {
        let value = match keyword.as_str() {
            dropped if DROPPED.contains(&dropped) => continue,
            "bsonType" => match types(value) {
                Some(types) => types,
                None => continue,
            },
            "properties" | "patternProperties" | "dependencies" => map(value, mongodb_schema),
            "items" | "additionalItems" | "additionalProperties" => match value {
                Value::Array(nodes) => nodes.iter().map(nullable).collect(),
                node => nullable(node),
            },
            "allOf" | "anyOf" | "oneOf" => match value {
                Value::Array(nodes) => nodes.iter().map(mongodb_schema).collect(),
                other => other.clone(),
            },
            "not" => mongodb_schema(value),
            _ => value.clone(),
        };
        translated.insert(keyword.clone(), value);
    }
    Value::Object(translated)
}

fn map(value: &Value, translate: fn(&Value) -> Value) -> Value {
    match value {
        Value::Object(nodes) => {
            nodes.iter().map(|(name, node)| (name.clone(), translate(node))).collect()
        }
        other => other.clone(),
    }
}

/// The schema of elements that may be null.
fn nullable(node: &Value) -> Value {
    let Value::Object(_) = node else { return node.clone() };
    serde_json::json!({ "anyOf": [mongodb_schema(node), { "bsonType": "null" }] })
}

/// `None` where any type will do.
fn types(value: &Value) -> Option<Value> {
    let name = |name: &Value| match name.as_str() {
        Some("mixed") => None,
        Some("float") => Some("double".into()),
        Some("uuid" | "binary") => Some("binData".into()),
        Some("function") => Some("javascript".into()),
        _ => Some(name.clone()),
    };
    match value {
        Value::Array(names) => names.iter().map(name).collect::<Option<Vec<_>>>().map(Into::into),
        one => name(one),
    }
}
