//! A schema that documents which are there satisfy.

use std::collections::BTreeSet;

use bson::{
    RawDocument,
    raw::RawBsonRef,
    spec::{BinarySubtype, ElementType},
};
use serde_json::{Map, Value, json};

/// Properties of one object that are told apart; a document with more is a dictionary.
const MAX_PROPERTIES: usize = 1_000;
/// Depth below which values are not looked at.
const MAX_DEPTH: usize = 64;

/// What was seen of the values at one place.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// How many values were there, null aside.
    count: u64,
    types: BTreeSet<&'static str>,
    /// Of those that are objects: how many, and their properties in the order they were seen in.
    objects: u64,
    properties: Vec<(String, Shape)>,
    /// Of those that are arrays.
    elements: Option<Box<Shape>>,
}

impl Shape {
    /// Looks at one more document.
    pub(super) fn document(&mut self, document: &RawDocument) {
        self.value(RawBsonRef::Document(document), 0);
    }

    fn value(&mut self, value: RawBsonRef<'_>, depth: usize) {
        let Some(name) = type_name(value) else { return };
        self.count += 1;
        self.types.insert(name);
        if depth >= MAX_DEPTH {
            return;
        }
        match value {
            RawBsonRef::Document(document) => {
                self.objects += 1;
                for (name, value) in document.into_iter().flatten() {
                    let known =
                        self.properties.iter().position(|(known, _)| known == name.as_str());
                    let place = known.unwrap_or_else(|| {
                        self.properties.push((name.to_string(), Self::default()));
                        self.properties.len() - 1
                    });
                    if let Some((_, shape)) = self.properties.get_mut(place) {
                        shape.value(value, depth + 1);
                    }
                    if self.properties.len() > MAX_PROPERTIES {
                        break;
                    }
                }
            }
            RawBsonRef::Array(array) => {
                let elements = self.elements.get_or_insert_default();
                for element in array.into_iter().flatten() {
                    elements.value(element, depth + 1);
                }
            }
            _ => {}
        }
    }

    /// The schema of a class of this title.
    pub(super) fn class(&self, title: &str) -> Value {
        let mut schema = self.schema();
        schema.insert("title".to_owned(), json!(title));
        schema.insert("bsonType".to_owned(), json!("object"));
        Value::Object(schema)
    }

    fn schema(&self) -> Map<String, Value> {
        let mut schema = Map::new();
        let name = common(&self.types);
        schema.insert("bsonType".to_owned(), json!(name));
        match name {
            "object" if self.properties.len() > MAX_PROPERTIES => {
                schema.insert("additionalProperties".to_owned(), json!(true));
            }
            "object" => {
                let seen = self.properties.iter().filter(|(_, shape)| shape.count > 0);
                let required = seen.clone().filter(|(_, shape)| shape.count == self.objects);
                let required: Vec<_> = required.map(|(name, _)| json!(name)).collect();
                let properties =
                    seen.map(|(name, shape)| (name.clone(), Value::Object(shape.schema())));
                schema.insert("properties".to_owned(), Value::Object(properties.collect()));
                if !required.is_empty() {
                    schema.insert("required".to_owned(), Value::Array(required));
                }
            }
            "array" => {
                if let Some(elements) = self.elements.as_ref().filter(|shape| shape.count > 0) {
                    schema.insert("items".to_owned(), Value::Object(elements.schema()));
                }
            }
            _ => {}
        }
        schema
    }
}

/// One type for all of these: of numbers the widest, and for what has nothing in common any type.
fn common(types: &BTreeSet<&'static str>) -> &'static str {
    let only = |allowed: &[&str]| types.iter().all(|name| allowed.contains(name));
    match types.first() {
        Some(only) if types.len() == 1 => only,
        Some(_) if only(&["int", "long"]) => "long",
        Some(_) if only(&["double", "int", "long"]) => "double",
        Some(_) if only(&["decimal", "double", "int", "long"]) => "decimal",
        _ => "mixed",
    }
}

/// The name that schemas have for the type of a value. Null says nothing about a type.
fn type_name(value: RawBsonRef<'_>) -> Option<&'static str> {
    Some(match value.element_type() {
        ElementType::Null | ElementType::Undefined => return None,
        ElementType::Double => "double",
        ElementType::String | ElementType::Symbol => "string",
        ElementType::EmbeddedDocument => "object",
        ElementType::Array => "array",
        ElementType::Binary => match value {
            RawBsonRef::Binary(binary) if binary.subtype == BinarySubtype::Uuid => "uuid",
            _ => "binData",
        },
        ElementType::ObjectId => "objectId",
        ElementType::Boolean => "bool",
        ElementType::DateTime => "date",
        ElementType::RegularExpression => "regex",
        ElementType::Int32 => "int",
        ElementType::Int64 => "long",
        ElementType::Timestamp => "timestamp",
        ElementType::Decimal128 => "decimal",
        _ => "mixed",
    })
}

#[cfg(test)]
mod unit_tests {
    use bson::{Binary, DateTime, Uuid, oid::ObjectId, rawdoc};

    use super::*;
    use crate::validate::{NullRules, Validator};

    #[test]
    fn a_schema_fits_the_documents_that_it_was_made_of() {
        let documents = [
            rawdoc! {
                "_id": ObjectId::new(), "n": 1, "id": Binary::from(Uuid::new()), "at": DateTime::now(),
                "wind": { "speed": 1.5, "gust": 2.5 }, "tags": ["a", "b"], "odd": 1, "gone": null,
            },
            rawdoc! {
                "_id": ObjectId::new(), "n": 5_000_000_000_i64, "id": Binary::from(Uuid::new()),
                "at": DateTime::now(), "wind": { "speed": 2.5 }, "tags": [], "odd": "x",
            },
        ];
        let mut shape = Shape::default();
        for document in &documents {
            shape.document(document);
        }
        let schema = shape.class("Reading");
        assert_eq!(
            schema,
            json!({
                "title": "Reading", "bsonType": "object",
                "required": ["_id", "n", "id", "at", "wind", "tags", "odd"],
                "properties": {
                    "_id": { "bsonType": "objectId" }, "n": { "bsonType": "long" },
                    "id": { "bsonType": "uuid" }, "at": { "bsonType": "date" },
                    "wind": {
                        "bsonType": "object", "required": ["speed"],
                        "properties": {
                            "speed": { "bsonType": "double" }, "gust": { "bsonType": "double" },
                        },
                    },
                    "tags": { "bsonType": "array", "items": { "bsonType": "string" } },
                    "odd": { "bsonType": "mixed" },
                },
            })
        );
        // An int where the other has a long is what a device would not write.
        let validator = Validator::compile(&schema, NullRules::INGEST).unwrap();
        assert!(validator.validate(&documents[1]).is_ok());
    }

    #[test]
    fn nothing_is_known_of_no_documents() {
        let schema = Shape::default().class("Nothing");
        assert_eq!(schema["bsonType"], "object");
        assert!(schema.get("properties").is_none());
    }
}
