//! Schemas as validators of MongoDB.

use serde_json::{Map, Value, json};

use crate::ClassDocument;

impl ClassDocument {
    /// The class as the `validator` of a collection: `{"$jsonSchema": {…}}`.
    ///
    /// It lets through whatever the schema accepts. MongoDB knows fewer types and keywords than App
    /// Services: `float` is a double there and `uuid` binary data, and keywords that it would refuse
    /// are left out. Whole numbers pass where larger or broken ones are expected, because clients
    /// print `20.0` as `20`; elements of collections may be null, because App Services JSON cannot
    /// tell whether they may. Where more passes than the schema says, a schema that refuses by what
    /// another accepts would refuse more: `not` is left out, and `oneOf` becomes `anyOf`.
    ///
    /// Time-series collections take no validator.
    #[must_use]
    pub fn to_validator(&self) -> Value {
        json!({"$jsonSchema": translate(&self.schema.to_json(), Place::Property)})
    }
}

/// Keywords of MongoDB whose values are no schemas.
const PLAIN: &[&str] = &[
    "title",
    "description",
    "minimum",
    "exclusiveMinimum",
    "maximum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
];

/// Keywords whose values are a schema, a list of schemas, or neither.
const SCHEMAS: &[&str] = &["items", "additionalItems", "additionalProperties"];

/// Keywords whose values are lists of schemas for the value itself.
const ALTERNATIVES: &[&str] = &["allOf", "anyOf"];

/// Keywords whose values are objects that hold schemas.
const NAMED_SCHEMAS: &[&str] = &["properties", "patternProperties", "dependencies"];

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Property,
    Element,
}

fn translate(value: &Value, place: Place) -> Value {
    let Value::Object(node) = value else { return value.clone() };
    let nullable = place == Place::Element && !node.contains_key("properties");
    let mut out = Map::new();
    for (keyword, value) in node {
        let word = keyword.as_str();
        let translated = match word {
            "bsonType" | "type" => types(word, value, nullable),
            "enum" => allowed(value, nullable),
            // An empty list is refused by MongoDB, and says nothing.
            "required" => value.as_array().is_some_and(|v| !v.is_empty()).then(|| value.clone()),
            _ if PLAIN.contains(&word) => Some(value.clone()),
            _ if SCHEMAS.contains(&word) => Some(each(value, Place::Element)),
            _ if ALTERNATIVES.contains(&word) => Some(each(value, place)),
            "oneOf" if !node.contains_key("anyOf") => {
                out.insert("anyOf".to_owned(), each(value, place));
                None
            }
            _ if NAMED_SCHEMAS.contains(&word) => value.as_object().map(|named| {
                let named = named.iter();
                named.map(|(k, v)| (k.clone(), translate(v, Place::Property))).collect()
            }),
            _ => None,
        };
        if let Some(translated) = translated {
            out.insert(keyword.clone(), translated);
        }
    }
    out.into()
}

fn each(value: &Value, place: Place) -> Value {
    match value {
        Value::Array(values) => values.iter().map(|value| translate(value, place)).collect(),
        value => translate(value, place),
    }
}

fn allowed(value: &Value, nullable: bool) -> Option<Value> {
    let mut values = value.as_array()?.clone();
    if nullable && !values.contains(&Value::Null) {
        values.push(Value::Null);
    }
    (!values.is_empty()).then(|| values.into())
}

/// `None` if any type will do.
fn types(keyword: &str, value: &Value, nullable: bool) -> Option<Value> {
    let names: Vec<&str> = match value {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let mut types: Vec<&str> = Vec::new();
    for name in names {
        let known: &[&str] = match name {
            _ if keyword == "type" => &[name],
            "mixed" => return None,
            "float" | "double" => &["double", "int", "long"],
            "long" => &["long", "int"],
            "uuid" | "binary" => &["binData"],
            "function" => &["javascript"],
            _ => &[name],
        };
        types.extend(known.iter().filter(|name| !types.contains(*name)).collect::<Vec<_>>());
    }
    if nullable && !types.is_empty() && !types.contains(&"null") {
        types.push("null");
    }
    match types.as_slice() {
        [] => None,
        [one] => Some((*one).into()),
        several => Some(several.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn validator(schema: Value) -> Value {
        let place = crate::Place {
            data_source: "a".to_owned(),
            database: "b".to_owned(),
            collection: "c".to_owned(),
        };
        let class = ClassDocument::from_json(place, schema, None).unwrap();
        class.to_validator()["$jsonSchema"].clone()
    }

    #[test]
    fn only_what_mongodb_knows_is_left() {
        let schema = json!({
            "title": "Reading", "bsonType": "object", "required": ["_id"], "validate": true,
            "properties": {
                "_id": {"bsonType": "uuid"},
                "celsius": {"bsonType": "float", "minimum": -150, "exclusiveMinimum": true, "default": 0},
                "extra": {"bsonType": "mixed"},
                "wind": {"title": "Wind", "bsonType": "object", "required": [], "properties": {
                    "gusts": {"bsonType": "array", "items": {"bsonType": "long"}, "maxItems": 3},
                }},
            },
        });
        assert_eq!(
            validator(schema),
            json!({
                "title": "Reading", "bsonType": "object", "required": ["_id"],
                "properties": {
                    "_id": {"bsonType": "binData"},
                    "celsius": {
                        "bsonType": ["double", "int", "long"], "minimum": -150, "exclusiveMinimum": true
                    },
                    "extra": {},
                    "wind": {"title": "Wind", "bsonType": "object", "properties": {
                        "gusts": {
                            "bsonType": "array", "items": {"bsonType": ["long", "int", "null"]},
                            "maxItems": 3
                        },
                    }},
                },
            })
        );
    }

    #[test]
    fn elements_may_be_null_and_embedded_objects_may_not() {
        let embedded = json!({"bsonType": "object", "properties": {}});
        let schema = json!({"properties": {
            "tags": {"bsonType": "array", "items": {"bsonType": "string", "enum": ["a"]}},
            "hops": {"bsonType": "array", "items": embedded},
            "open": {"bsonType": "object", "additionalProperties": true},
        }});
        let validator = validator(schema);
        let of = |name: &str| validator["properties"][name].clone();
        assert_eq!(
            of("tags")["items"],
            json!({"bsonType": ["string", "null"], "enum": ["a", null]})
        );
        assert_eq!(of("hops")["items"], embedded);
        assert_eq!(of("open")["additionalProperties"], json!(true));
    }
}
