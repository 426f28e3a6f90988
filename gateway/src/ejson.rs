//! Extended JSON, of any depth that a document may have.
//!
//! The library converts it too, in frames of the stack so large that a hundred levels fill a thread's
//! stack in a program that is not optimised. It is asked only about what stands for one value.

use bson::{Bson, Document};
use serde_json::{Map, Value};

/// Deepest nesting: that of a document, and what a request puts around it.
const MAX_DEPTH: usize = 110;
/// Deepest nesting of what stands for one value.
const MAX_VALUE_DEPTH: usize = 4;
/// Keys of objects that stand for one value, unless the rest of them does not fit.
const KEYS: [&str; 16] = [
    "$binary",
    "$code",
    "$date",
    "$dbPointer",
    "$maxKey",
    "$minKey",
    "$numberDecimal",
    "$numberDouble",
    "$numberInt",
    "$numberLong",
    "$oid",
    "$regularExpression",
    "$symbol",
    "$timestamp",
    "$undefined",
    "$uuid",
];

/// JSON that is no extended JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ExtendedJsonError {
    #[error("the value is nested more than {MAX_DEPTH} levels deep")]
    TooDeep,
    #[error("{0}")]
    Value(String),
}

/// The value that JSON means.
pub(crate) fn to_bson(value: Value) -> Result<Bson, ExtendedJsonError> {
    at(value, 0)
}

fn at(value: Value, depth: usize) -> Result<Bson, ExtendedJsonError> {
    if depth > MAX_DEPTH {
        return Err(ExtendedJsonError::TooDeep);
    }
    match value {
        Value::Array(values) => {
            let mut array = Vec::with_capacity(values.len());
            for value in values {
                array.push(at(value, depth + 1)?);
            }
            Ok(Bson::Array(array))
        }
        Value::Object(fields) if stands_for_value(&fields) => one(Value::Object(fields)),
        Value::Object(fields) => {
            let mut document = Document::new();
            for (name, value) in fields {
                document.insert(name, at(value, depth + 1)?);
            }
            Ok(Bson::Document(document))
        }
        scalar => one(scalar),
    }
}

/// Whether an object is one value of BSON, or should be.
pub(crate) fn stands_for_value(fields: &Map<String, Value>) -> bool {
    fields.keys().any(|key| KEYS.contains(&key.as_str()))
}

// Out of line, so that the frames of the recursion stay small.
#[inline(never)]
fn one(value: Value) -> Result<Bson, ExtendedJsonError> {
    if is_deeper(&value, MAX_VALUE_DEPTH) {
        return Err(ExtendedJsonError::TooDeep);
    }
    Bson::try_from(value).map_err(|error| ExtendedJsonError::Value(error.to_string()))
}

fn is_deeper(value: &Value, levels: usize) -> bool {
    let Some(below) = levels.checked_sub(1) else {
        return matches!(value, Value::Array(_) | Value::Object(_));
    };
    match value {
        Value::Array(values) => values.iter().any(|value| is_deeper(value, below)),
        Value::Object(fields) => fields.values().any(|value| is_deeper(value, below)),
        _ => false,
    }
}

/// A value as canonical extended JSON.
pub(crate) fn canonical(value: Bson) -> Value {
    match value {
        Bson::Array(values) => {
            let mut array = Vec::with_capacity(values.len());
            for value in values {
                array.push(canonical(value));
            }
            Value::Array(array)
        }
        Bson::Document(document) => {
            let mut fields = Map::new();
            for (name, value) in document {
                fields.insert(name, canonical(value));
            }
            Value::Object(fields)
        }
        one => leaf(one),
    }
}

#[inline(never)]
fn leaf(value: Bson) -> Value {
    value.into_canonical_extjson()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::{bson, doc};
    use serde_json::json;

    fn nested(levels: usize) -> Value {
        (0..levels).fold(json!(1), |inner, _| {
            Value::Object(Map::from_iter([("a".to_owned(), Value::Array(vec![inner]))]))
        })
    }

    #[test]
    fn values_come_in_and_go_out_as_the_library_says() {
        let value = json!({
            "id": { "$oid": "65f0c0ffee00000000000051" }, "n": [1, { "$numberLong": "2" }, 2.5, null],
            "at": { "$date": { "$numberLong": "5" } }, "b": { "$binary": { "base64": "AQ==", "subType": "00" } },
            "query": { "$gt": { "$numberInt": "3" } }, "big": 4_294_967_296_u64,
            "uuid": { "$uuid": "c8edabc3-f738-4ca3-b68d-ab92a91478a3" },
        });
        let bson = to_bson(value.clone()).unwrap();
        assert_eq!(bson, Bson::try_from(value).unwrap());
        assert_eq!(canonical(bson.clone()), bson.clone().into_canonical_extjson());
        assert_eq!(to_bson(canonical(bson.clone())), Ok(bson));
        assert_eq!(
            to_bson(json!({ "$and": [{ "a": 1 }] })).unwrap(),
            bson!({ "$and": [{ "a": 1 }] })
        );
        assert_eq!(to_bson(json!({})).unwrap(), Bson::Document(doc! {}));
    }

    #[test]
    fn what_is_malformed_is_refused_wherever_it_stands() {
        for wrong in [
            json!({ "$oid": "x" }),
            json!({ "$numberInt": "99999999999" }),
            json!({ "$date": "yesterday" }),
            json!({ "$binary": { "base64": "!!", "subType": "00" } }),
            json!({ "$numberDecimal": "x" }),
            json!({ "$code": "x", "$scope": { "a": nested(10) } }),
        ] {
            assert!(to_bson(json!({ "a": [{ "b": wrong }] })).is_err(), "{wrong}");
        }
    }

    #[test]
    fn depth_is_bounded_by_more_than_a_document_has() {
        let deep = to_bson(nested(52)).unwrap();
        assert_eq!(to_bson(canonical(deep.clone())), Ok(deep));
        assert_eq!(to_bson(nested(60)), Err(ExtendedJsonError::TooDeep));
        assert_eq!(to_bson(nested(200)), Err(ExtendedJsonError::TooDeep));
    }
}
