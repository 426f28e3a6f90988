//! What several of the tests need.

use asymmetric::AsymmetricObject;
use bson::{Bson, Document};

/// The bytes of an object.
pub(crate) fn encoded<T: AsymmetricObject>(object: &T) -> Vec<u8> {
    let mut out = Vec::new();
    object.encode(&mut out).expect("the object is valid");
    out
}

/// An object as the `bson` crate reads it back.
pub(crate) fn decoded<T: AsymmetricObject>(object: &T) -> Document {
    Document::from_reader(&encoded(object)[..]).expect("the bytes are a document")
}

/// Asserts that an object has the bytes that the `bson` crate has for this document.
#[track_caller]
pub(crate) fn assert_encodes<T: AsymmetricObject>(object: &T, expected: &Document) {
    // Compared as values first: the message is then readable.
    assert_eq!(&decoded(object), expected);
    assert_eq!(encoded(object), expected.to_vec().expect("the document can be written"));
}

/// The message of the error that an object is refused with.
#[track_caller]
pub(crate) fn refusal<T: AsymmetricObject>(object: &T) -> String {
    object.encode(&mut Vec::new()).expect_err("the object is invalid").to_string()
}

/// The fragment of the App Services schema that describes the property `name`.
pub(crate) fn property<T: AsymmetricObject>(name: &str) -> serde_json::Value {
    T::SCHEMA.to_json().pointer(&format!("/properties/{name}")).cloned().unwrap_or_default()
}

/// Whether the App Services schema requires the property `name`.
pub(crate) fn is_required<T: AsymmetricObject>(name: &str) -> bool {
    let schema = T::SCHEMA.to_json();
    let required = schema.get("required").and_then(serde_json::Value::as_array);
    required.is_some_and(|names| names.contains(&name.into()))
}

/// The `bsonType` that App Services has for a value.
pub(crate) fn bson_type(value: &Bson) -> &'static str {
    match value {
        Bson::Double(_) => "double",
        Bson::String(_) => "string",
        Bson::Array(_) => "array",
        Bson::Document(_) => "object",
        Bson::Boolean(_) => "bool",
        Bson::Binary(binary) if binary.subtype == bson::spec::BinarySubtype::Uuid => "uuid",
        Bson::Binary(_) => "binData",
        Bson::ObjectId(_) => "objectId",
        Bson::DateTime(_) => "date",
        Bson::Int32(_) => "int",
        Bson::Int64(_) => "long",
        Bson::Decimal128(_) => "decimal",
        Bson::Null => "null",
        other => panic!("no property has the type of {other}"),
    }
}
