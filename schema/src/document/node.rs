//! One schema object: the root of a class, or what stands for a property or an element.

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};

use super::{
    DocumentError, DocumentProblem,
    reader::{Reader, expected},
};

/// A schema object with the keywords that mean something to Asymmetric, and all others as they are.
///
/// A keyword that was absent is absent: `None` and an empty or `false` value are written
/// differently, although App Services treats them alike.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Node {
    /// `bsonType` or `type`.
    pub types: Types,
    /// Name of a class or an embedded class.
    pub title: Option<String>,
    /// What the value means, for people. No part of fingerprints and comparisons.
    pub description: Option<String>,
    /// What the server fills in where a writer does not know the property.
    pub default: Option<Value>,
    /// `enum`: the only values allowed.
    pub allowed: Option<Vec<Value>>,
    /// Smallest number allowed.
    pub minimum: Option<Number>,
    /// Whether [`minimum`](Self::minimum) itself is refused.
    pub exclusive_minimum: Option<bool>,
    /// Greatest number allowed.
    pub maximum: Option<Number>,
    /// Whether [`maximum`](Self::maximum) itself is refused.
    pub exclusive_maximum: Option<bool>,
    /// Shortest string allowed.
    pub min_length: Option<Number>,
    /// Longest string allowed.
    pub max_length: Option<Number>,
    /// Regular expression that a string must match somewhere.
    pub pattern: Option<String>,
    /// What the elements of an array are.
    pub items: Option<Items>,
    /// Fewest elements of an array.
    pub min_items: Option<Number>,
    /// Most elements of an array.
    pub max_items: Option<Number>,
    /// Whether an array is a set.
    pub unique_items: Option<bool>,
    /// Names of properties that every object has.
    pub required: Option<Vec<String>>,
    /// The properties of an object.
    pub properties: Option<BTreeMap<String, Node>>,
    /// What other keys of an object hold, or whether there may be any.
    pub additional_properties: Option<Additional>,
    /// Keywords that mean nothing here, as they were read.
    pub other: BTreeMap<String, Value>,
}

/// What `bsonType` or `type` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Types {
    /// Nothing: any type.
    #[default]
    Any,
    /// One BSON type.
    Bson(String),
    /// One of several BSON types.
    BsonUnion(Vec<String>),
    /// A JSON type.
    Json(String),
    /// One of several JSON types.
    JsonUnion(Vec<String>),
}

/// What the elements of an array are.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Items {
    /// Every element is one of these.
    All(Box<Node>),
    /// The first element is of the first kind, and so on.
    Each(Vec<Node>),
}

/// What keys hold that `properties` does not name.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Additional {
    /// Anything, or there are none.
    Allowed(bool),
    /// A value of this kind: the object is a map.
    Values(Box<Node>),
}

impl Node {
    /// Reads a schema object.
    pub fn from_json(value: Value) -> Result<Self, DocumentError> {
        Self::read("", value)
    }

    pub(super) fn read(pointer: &str, value: Value) -> Result<Self, DocumentError> {
        let mut reader = Reader::new(pointer, value)?;
        Ok(Self {
            types: Types::read(&mut reader)?,
            title: reader.string("title")?,
            description: reader.string("description")?,
            default: reader.take("default"),
            allowed: reader.array("enum")?,
            minimum: reader.number("minimum")?,
            exclusive_minimum: reader.bool("exclusiveMinimum")?,
            maximum: reader.number("maximum")?,
            exclusive_maximum: reader.bool("exclusiveMaximum")?,
            min_length: reader.number("minLength")?,
            max_length: reader.number("maxLength")?,
            pattern: reader.string("pattern")?,
            items: Items::read(&mut reader)?,
            min_items: reader.number("minItems")?,
            max_items: reader.number("maxItems")?,
            unique_items: reader.bool("uniqueItems")?,
            required: reader.strings("required")?,
            properties: reader.objects("properties", Self::read)?,
            additional_properties: Additional::read(&mut reader)?,
            other: reader.rest(),
        })
    }

    /// The schema object as it was read.
    #[must_use]
    pub fn to_json(&self) -> Value {
        self.write(true)
    }

    pub(crate) fn to_json_without_descriptions(&self) -> Value {
        self.write(false)
    }

    fn write(&self, described: bool) -> Value {
        let string = |text: &Option<String>| text.as_deref().map(Value::from);
        let number = |number: &Option<Number>| number.clone().map(Value::Number);
        let node = |node: &Self| node.write(described);
        let (types_keyword, types) = self.types.write();
        let properties = self.properties.as_ref().map(|properties| {
            properties.iter().map(|(name, property)| (name.clone(), node(property))).collect()
        });
        let items = self.items.as_ref().map(|items| match items {
            Items::All(item) => node(item),
            Items::Each(items) => items.iter().map(node).collect(),
        });
        let additional = self.additional_properties.as_ref().map(|additional| match additional {
            Additional::Allowed(allowed) => (*allowed).into(),
            Additional::Values(values) => node(values),
        });
        let description = self.description.as_deref().filter(|_| described);
        let keywords = [
            (types_keyword, types),
            ("title", string(&self.title)),
            ("description", description.map(Value::from)),
            ("default", self.default.clone()),
            ("enum", self.allowed.clone().map(Value::Array)),
            ("minimum", number(&self.minimum)),
            ("exclusiveMinimum", self.exclusive_minimum.map(Value::Bool)),
            ("maximum", number(&self.maximum)),
            ("exclusiveMaximum", self.exclusive_maximum.map(Value::Bool)),
            ("minLength", number(&self.min_length)),
            ("maxLength", number(&self.max_length)),
            ("pattern", string(&self.pattern)),
            ("items", items),
            ("minItems", number(&self.min_items)),
            ("maxItems", number(&self.max_items)),
            ("uniqueItems", self.unique_items.map(Value::Bool)),
            ("required", self.required.clone().map(Value::from)),
            ("properties", properties.map(Value::Object)),
            ("additionalProperties", additional),
        ];
        let mut out: Map<String, Value> = self.other.clone().into_iter().collect();
        for (keyword, value) in keywords {
            if let Some(value) = value {
                out.insert(keyword.into(), value);
            }
        }
        out.into()
    }

    /// Whether every object has this property.
    #[must_use]
    pub fn requires(&self, property: &str) -> bool {
        self.required.iter().flatten().any(|name| name == property)
    }

    /// The property with this persisted name.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&Self> {
        self.properties.as_ref()?.get(name)
    }
}

impl Types {
    fn read(reader: &mut Reader) -> Result<Self, DocumentError> {
        let (bson, json) = (reader.take("bsonType"), reader.take("type"));
        let (keyword, value) = match (bson, json) {
            (None, None) => return Ok(Self::Any),
            (Some(bson), None) => ("bsonType", bson),
            (None, Some(json)) => ("type", json),
            (Some(_), Some(_)) => {
                return Err(DocumentError {
                    pointer: reader.pointer().to_owned(),
                    problem: DocumentProblem::TwoTypes,
                });
            }
        };
        let wrong = |value: &Value| {
            expected(&reader.below(keyword), "a string or an array of strings", value)
        };
        match (keyword, value) {
            ("bsonType", Value::String(name)) => Ok(Self::Bson(name)),
            (_, Value::String(name)) => Ok(Self::Json(name)),
            (_, Value::Array(names)) => {
                let names = names.into_iter().map(|name| match name {
                    Value::String(name) => Ok(name),
                    other => Err(wrong(&other)),
                });
                let names = names.collect::<Result<_, _>>()?;
                Ok(if keyword == "bsonType" {
                    Self::BsonUnion(names)
                } else {
                    Self::JsonUnion(names)
                })
            }
            (_, other) => Err(wrong(&other)),
        }
    }

    fn write(&self) -> (&'static str, Option<Value>) {
        match self {
            Self::Any => ("bsonType", None),
            Self::Bson(name) => ("bsonType", Some(name.as_str().into())),
            Self::BsonUnion(names) => ("bsonType", Some(names.clone().into())),
            Self::Json(name) => ("type", Some(name.as_str().into())),
            Self::JsonUnion(names) => ("type", Some(names.clone().into())),
        }
    }
}

impl Items {
    fn read(reader: &mut Reader) -> Result<Option<Self>, DocumentError> {
        let pointer = reader.below("items");
        match reader.take("items") {
            None => Ok(None),
            Some(Value::Array(items)) => {
                let items = items.into_iter().enumerate();
                let items =
                    items.map(|(index, item)| Node::read(&format!("{pointer}/{index}"), item));
                Ok(Some(Self::Each(items.collect::<Result<_, _>>()?)))
            }
            Some(item) => Ok(Some(Self::All(Box::new(Node::read(&pointer, item)?)))),
        }
    }
}

impl Additional {
    fn read(reader: &mut Reader) -> Result<Option<Self>, DocumentError> {
        let pointer = reader.below("additionalProperties");
        match reader.take("additionalProperties") {
            None => Ok(None),
            Some(Value::Bool(allowed)) => Ok(Some(Self::Allowed(allowed))),
            Some(values) => Ok(Some(Self::Values(Box::new(Node::read(&pointer, values)?)))),
        }
    }
}
