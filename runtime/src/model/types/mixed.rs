//! Values whose type is chosen at run time.

use asymmetric_schema::PropertyType;
use bson::Bson;

use super::{binary, map::check_key, text};
use crate::model::{
    InvalidValue, ListElement, Property,
    document::{ArrayHeader, begin, element, finish},
};

/// Deepest nesting of lists and maps in a mixed value: the limit of App Services.
const MAX_DEPTH: usize = 100;

impl Property for Bson {
    const TYPE: PropertyType = PropertyType::Mixed;
    /// Stands in until the value is known.
    const ELEMENT_TYPE: u8 = element::NULL;

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), InvalidValue> {
        encode(self, MAX_DEPTH, out)
    }

    fn encode_element(&self, header: &[u8], out: &mut Vec<u8>) -> Result<(), InvalidValue> {
        out.push(element_type(self)?);
        out.extend_from_slice(header.get(1..).unwrap_or_default());
        self.encode(out)
    }
}

impl ListElement for Bson {}

/// The type byte of a value, if App Services knows a mixed value of that type.
fn element_type(value: &Bson) -> Result<u8, InvalidValue> {
    Ok(match value {
        Bson::Double(_) => element::DOUBLE,
        Bson::String(_) => element::STRING,
        Bson::Document(_) => element::DOCUMENT,
        Bson::Array(_) => element::ARRAY,
        Bson::Binary(_) => element::BINARY,
        Bson::ObjectId(_) => element::OBJECT_ID,
        Bson::Boolean(_) => element::BOOL,
        Bson::DateTime(_) => element::DATE,
        Bson::Null => element::NULL,
        Bson::Int32(_) => element::INT32,
        Bson::Int64(_) => element::INT64,
        Bson::Decimal128(_) => element::DECIMAL128,
        other => {
            let rule = "a mixed value is null, a scalar, a list or a map";
            return Err(InvalidValue::new(other, rule));
        }
    })
}

fn encode(value: &Bson, depth: usize, out: &mut Vec<u8>) -> Result<(), InvalidValue> {
    match value {
        Bson::Double(value) => value.encode(out),
        Bson::String(value) => text::encode(value, out),
        Bson::Binary(value) => binary::encode(value.subtype, &value.bytes, out),
        Bson::ObjectId(value) => value.encode(out),
        Bson::Boolean(value) => value.encode(out),
        Bson::DateTime(value) => value.encode(out),
        Bson::Int32(value) => value.encode(out),
        Bson::Int64(value) => value.encode(out),
        Bson::Decimal128(value) => value.encode(out),
        Bson::Array(items) => {
            let depth = descend(depth)?;
            let start = begin(out);
            let mut header = ArrayHeader::new(element::NULL, 0);
            for item in items {
                out.push(element_type(item).map_err(|e| e.within(&header.index()))?);
                out.extend_from_slice(header.as_bytes().get(1..).unwrap_or_default());
                encode(item, depth, out).map_err(|e| e.within(&header.index()))?;
                header.advance();
            }
            finish(start, out)
        }
        Bson::Document(entries) => {
            let depth = descend(depth)?;
            let start = begin(out);
            for (key, value) in entries {
                check_key(key)?;
                out.push(element_type(value).map_err(|e| e.within(key))?);
                out.extend_from_slice(key.as_bytes());
                out.push(0);
                encode(value, depth, out).map_err(|e| e.within(key))?;
            }
            finish(start, out)
        }
        // Null takes no bytes; the types that App Services does not know were refused before.
        _ => Ok(()),
    }
}

fn descend(depth: usize) -> Result<usize, InvalidValue> {
    depth.checked_sub(1).ok_or_else(|| {
        let rule = format_args!("a mixed value nests at most {MAX_DEPTH} levels deep");
        InvalidValue::new("…", rule)
    })
}
