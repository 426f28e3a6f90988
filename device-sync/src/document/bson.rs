//! From objects to BSON.
//!
//! A changeset says of every value what it is, except where Realm has one type and BSON two. An
//! App Services schema decides there:
//!
//! | in the changeset | becomes |
//! |---|---|
//! | integer | `int` where the schema says so and the value fits, else `long` |
//! | link | the primary key it points to; a `DBRef` where the schema says `mixed` |
//! | nothing, for a list, set or dictionary | an empty one where the schema requires it |
//! | null, for an optional property | nothing, unless the schema lets it be null |

use bson::{Binary, Bson, DateTime, Decimal128, Document, oid::ObjectId, spec::BinarySubtype};
use serde_json::Value as Json;

use super::{Object, OwnedKey, Properties, Scalar, Value};

/// Name of the property that every object is identified by.
const PRIMARY_KEY: &str = "_id";

/// An object that no BSON document can hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// Names in BSON end at the first NUL.
    #[error("the name `{}` holds a NUL", .0.escape_debug())]
    NulInName(String),
    /// A primary key never changes.
    #[error("the property `_id` is the primary key and cannot be set")]
    PrimaryKeySet,
}

impl Object {
    /// The document that the object becomes, its primary key first.
    ///
    /// `schema` is the App Services schema of its class, if there is one; `collection_of` the
    /// collection that a class lands in, for links inside mixed values.
    pub fn to_bson(
        &self,
        schema: Option<&Json>,
        collection_of: &dyn Fn(&str) -> String,
    ) -> Result<Document, DocumentError> {
        if self.properties.contains_key(PRIMARY_KEY) {
            return Err(DocumentError::PrimaryKeySet);
        }
        let shape = Shape(schema);
        let mut document = Document::new();
        document.insert(PRIMARY_KEY, key(&self.key, shape.property(PRIMARY_KEY)));
        let converter = Converter { collection_of };
        converter.properties(&self.properties, shape, &mut document)?;
        Ok(document)
    }
}

/// The part of an App Services schema that describes a value; nothing where none does.
#[derive(Clone, Copy)]
struct Shape<'s>(Option<&'s Json>);

impl<'s> Shape<'s> {
    fn is(self, bson_type: &str) -> bool {
        match self.0.and_then(|schema| schema.get("bsonType")) {
            Some(Json::String(name)) => name == bson_type,
            Some(Json::Array(names)) => names.iter().any(|name| name == bson_type),
            _ => false,
        }
    }

    fn inside(self, keyword: &str) -> Self {
        Self(self.0.and_then(|schema| schema.get(keyword)))
    }

    fn property(self, name: &str) -> Self {
        self.inside("properties").inside(name)
    }

    /// Names of properties that must be there.
    fn required(self) -> impl Iterator<Item = &'s str> {
        let required = self.inside("required").0.and_then(Json::as_array);
        required.into_iter().flatten().filter_map(Json::as_str)
    }

    /// Whether a property that is null is left out: to devices that is what an optional property
    /// without a value is, to a schema it is a value of another type.
    fn omits_null(self, name: &str) -> bool {
        let property = self.property(name);
        property.0.is_some()
            && !["null", "mixed"].iter().any(|kind| property.is(kind))
            && !self.required().any(|required| required == name)
    }

    /// What a collection of this shape is while it is empty. Devices do not speak of those.
    fn empty(self) -> Option<Bson> {
        if self.is("array") {
            Some(Bson::Array(Vec::new()))
        } else if self.is("object") && self.inside("properties").0.is_none() {
            Some(Bson::Document(Document::new()))
        } else {
            None
        }
    }
}

struct Converter<'c> {
    collection_of: &'c dyn Fn(&str) -> String,
}

impl Converter<'_> {
    fn properties(
        &self,
        properties: &Properties,
        shape: Shape<'_>,
        document: &mut Document,
    ) -> Result<(), DocumentError> {
        for (name, value) in properties {
            if *value == Value::Scalar(Scalar::Null) && shape.omits_null(name) {
                continue;
            }
            document.insert(checked(name)?, self.value(value, shape.property(name))?);
        }
        for name in shape.required() {
            if let Some(empty) = shape.property(name).empty()
                && !document.contains_key(name)
            {
                document.insert(checked(name)?, empty);
            }
        }
        Ok(())
    }

    // Recursion is bounded: the parser bounds the length of paths.
    fn value(&self, value: &Value, shape: Shape<'_>) -> Result<Bson, DocumentError> {
        Ok(match value {
            Value::Scalar(scalar) => self.scalar(scalar, shape),
            Value::Object(properties) => {
                let mut document = Document::new();
                self.properties(properties, shape, &mut document)?;
                Bson::Document(document)
            }
            Value::Dictionary(values) => {
                // What is inside a mixed value is mixed.
                let inside =
                    if shape.is("mixed") { shape } else { shape.inside("additionalProperties") };
                let mut document = Document::new();
                for (name, value) in values {
                    document.insert(checked(name)?, self.value(value, inside)?);
                }
                Bson::Document(document)
            }
            Value::List(values) => {
                let inside = if shape.is("mixed") { shape } else { shape.inside("items") };
                let values = values.iter().map(|value| self.value(value, inside));
                Bson::Array(values.collect::<Result<_, _>>()?)
            }
            Value::Set(values) => {
                let inside = shape.inside("items");
                Bson::Array(values.iter().map(|value| self.scalar(value, inside)).collect())
            }
        })
    }

    fn scalar(&self, scalar: &Scalar, shape: Shape<'_>) -> Bson {
        match scalar {
            Scalar::Null => Bson::Null,
            Scalar::Int(value) => int(*value, shape),
            Scalar::Bool(value) => Bson::Boolean(*value),
            Scalar::String(value) => Bson::String(value.to_string()),
            Scalar::Binary(value) => {
                Bson::Binary(Binary { subtype: BinarySubtype::Generic, bytes: value.to_vec() })
            }
            Scalar::Timestamp(value) => Bson::DateTime(DateTime::from_millis(*value)),
            Scalar::Float(value) => Bson::Double(f64::from(*value)),
            Scalar::Double(value) => Bson::Double(*value),
            Scalar::Decimal(value) => Bson::Decimal128(Decimal128::from_bytes(*value)),
            Scalar::Link { class, key: id } if shape.is("mixed") => {
                let mut reference = Document::new();
                reference.insert("$ref", (self.collection_of)(class));
                reference.insert("$id", key(id, Shape(None)));
                Bson::Document(reference)
            }
            Scalar::Link { key: id, .. } => key(id, shape),
            Scalar::ObjectId(value) => Bson::ObjectId(ObjectId::from_bytes(*value)),
            Scalar::Uuid(value) => uuid(value),
        }
    }
}

fn key(key: &OwnedKey, shape: Shape<'_>) -> Bson {
    match key {
        OwnedKey::Null => Bson::Null,
        OwnedKey::Int(value) => int(*value, shape),
        OwnedKey::String(value) => Bson::String(value.to_string()),
        OwnedKey::ObjectId(value) => Bson::ObjectId(ObjectId::from_bytes(*value)),
        OwnedKey::Uuid(value) => uuid(value),
    }
}

fn int(value: i64, shape: Shape<'_>) -> Bson {
    match i32::try_from(value) {
        Ok(narrow) if shape.is("int") => Bson::Int32(narrow),
        _ => Bson::Int64(value),
    }
}

fn uuid(bytes: &[u8; 16]) -> Bson {
    Bson::Binary(Binary { subtype: BinarySubtype::Uuid, bytes: bytes.to_vec() })
}

fn checked(name: &str) -> Result<&str, DocumentError> {
    if name.contains('\0') { Err(DocumentError::NulInName(name.to_owned())) } else { Ok(name) }
}
