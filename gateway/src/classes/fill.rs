//! Completing objects of an older version of a class.

use bson::{Bson, Decimal128, RawDocumentBuf, oid::ObjectId};
use serde_json::Value;

use crate::store::Document;

/// Length of a document, in front of its elements.
const LENGTH: usize = 4;

/// The properties that objects of an older version lack, and what they hold.
#[derive(Debug, PartialEq)]
pub(crate) struct Fill {
    /// Elements as they stand in a document.
    elements: Vec<u8>,
}

impl Fill {
    /// What the schema `today` requires and the schema `then` did not know. `None` if that is
    /// nothing.
    pub(super) fn between(then: &Value, today: &Value) -> Option<Self> {
        let required = today.get("required")?.as_array()?;
        let mut filled = bson::Document::new();
        for name in required.iter().filter_map(Value::as_str) {
            let known = then.get("properties").is_some_and(|known| known.get(name).is_some());
            let property = today.get("properties").and_then(|properties| properties.get(name));
            if let (false, Some(property)) = (known, property)
                && let Some(value) = value_of(property)
            {
                filled.insert(name, value);
            }
        }
        let document = RawDocumentBuf::try_from(&filled).ok()?;
        let bytes = document.as_bytes();
        let elements = bytes.get(LENGTH..bytes.len() - 1)?.to_vec();
        (!elements.is_empty()).then_some(Self { elements })
    }

    /// The document with these properties at its end.
    pub(super) fn complete(&self, document: Document) -> Document {
        let bytes = document.as_bytes();
        let Some(own) = bytes.get(LENGTH..bytes.len().saturating_sub(1)) else { return document };
        let size = LENGTH + own.len() + self.elements.len() + 1;
        let Ok(length) = i32::try_from(size) else { return document };
        let mut whole = Vec::with_capacity(size);
        whole.extend_from_slice(&length.to_le_bytes());
        whole.extend_from_slice(own);
        whole.extend_from_slice(&self.elements);
        whole.push(0);
        // It was valid before, and so is what is added.
        Document::check(whole.into()).unwrap_or(document)
    }
}

/// The `default` of a property in its own type, or the zero of that type.
fn value_of(property: &Value) -> Option<Bson> {
    let default = property.get("default");
    let number = default.and_then(Value::as_f64);
    let kind = property.get("bsonType").and_then(Value::as_str)?;
    #[expect(clippy::cast_possible_truncation, reason = "a default that does not fit saturates")]
    let value = match kind {
        "bool" => default.and_then(Value::as_bool).unwrap_or_default().into(),
        "int" => Bson::Int32(number.unwrap_or_default() as i32),
        "long" => Bson::Int64(match default.and_then(Value::as_i64) {
            Some(whole) => whole,
            None => number.unwrap_or_default() as i64,
        }),
        "float" | "double" | "number" => Bson::Double(number.unwrap_or_default()),
        "decimal" => {
            let text = number.unwrap_or_default().to_string();
            Bson::Decimal128(text.parse::<Decimal128>().ok()?)
        }
        "string" => default.and_then(Value::as_str).unwrap_or_default().into(),
        "date" => Bson::DateTime(bson::DateTime::from_millis(0)),
        "objectId" => Bson::ObjectId(ObjectId::from_bytes([0; 12])),
        "uuid" => bson::Uuid::from_bytes([0; 16]).into(),
        "binData" => {
            let subtype = bson::spec::BinarySubtype::Generic;
            Bson::Binary(bson::Binary { subtype, bytes: Vec::new() })
        }
        "array" => Bson::Array(Vec::new()),
        // Of embedded objects and mixed values there is no zero.
        _ => return default.cloned().and_then(|value| Bson::try_from(value).ok()),
    };
    Some(value)
}
