//! Keys of documents: a namespace and an `_id`, such that equal `_id`s have equal keys.
//!
//! ```text
//! u32  number of the namespace, big-endian
//! u8   kind of the `_id`
//! …    its value
//! ```
//!
//! MongoDB compares numbers by value: `1` as int, long and double is one `_id`. So every number
//! that is a whole number of 64 bits has one form here, whatever its type. Strings and symbols are
//! one kind. Everything else is compared by type and bytes; against MongoDB that makes a difference
//! only for decimals (`1` and `1.0` as Decimal128 are two `_id`s here) and for numbers inside
//! `_id`s that are documents.

use bson::{raw::RawBsonRef, spec::ElementType};

/// Number of a namespace in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NamespaceId(pub(super) u32);

impl NamespaceId {
    /// The first bytes of all keys of the namespace.
    pub(super) fn prefix(self) -> [u8; 4] {
        self.0.to_be_bytes()
    }
}

/// Writes the key of `id` into `out`, whose memory is used again.
pub(super) fn write(namespace: NamespaceId, id: RawBsonRef<'_>, out: &mut Vec<u8>) {
    out.clear();
    out.extend_from_slice(&namespace.prefix());
    match id {
        RawBsonRef::Int32(value) => whole(value.into(), out),
        RawBsonRef::Int64(value) => whole(value, out),
        RawBsonRef::Double(value) => {
            if let Some(value) = as_whole(value) {
                whole(value, out);
            } else {
                out.push(ElementType::Double as u8);
                let value = if value.is_nan() { f64::NAN } else { value };
                out.extend_from_slice(&value.to_bits().to_be_bytes());
            }
        }
        RawBsonRef::String(text) | RawBsonRef::Symbol(text) => {
            out.push(ElementType::String as u8);
            out.extend_from_slice(text.as_bytes());
        }
        RawBsonRef::ObjectId(id) => {
            out.push(ElementType::ObjectId as u8);
            out.extend_from_slice(&id.bytes());
        }
        RawBsonRef::Binary(binary) => {
            out.extend_from_slice(&[ElementType::Binary as u8, binary.subtype.into()]);
            out.extend_from_slice(binary.bytes);
        }
        RawBsonRef::DateTime(time) => {
            out.push(ElementType::DateTime as u8);
            out.extend_from_slice(&time.timestamp_millis().to_be_bytes());
        }
        RawBsonRef::Boolean(value) => {
            out.extend_from_slice(&[ElementType::Boolean as u8, value.into()]);
        }
        RawBsonRef::Timestamp(time) => {
            out.push(ElementType::Timestamp as u8);
            out.extend_from_slice(&time.time.to_be_bytes());
            out.extend_from_slice(&time.increment.to_be_bytes());
        }
        RawBsonRef::Decimal128(value) => {
            out.push(ElementType::Decimal128 as u8);
            out.extend_from_slice(&value.bytes());
        }
        RawBsonRef::Document(document) => {
            out.push(ElementType::EmbeddedDocument as u8);
            out.extend_from_slice(document.as_bytes());
        }
        RawBsonRef::JavaScriptCode(code) => {
            out.push(ElementType::JavaScriptCode as u8);
            out.extend_from_slice(code.as_bytes());
        }
        RawBsonRef::JavaScriptCodeWithScope(code) => {
            out.push(ElementType::JavaScriptCodeWithScope as u8);
            out.extend_from_slice(code.code.as_bytes());
            out.push(0);
            out.extend_from_slice(code.scope.as_bytes());
        }
        // Types without a value of their own, and those that `Document` refuses as an `_id`.
        other => {
            out.push(other.element_type() as u8);
            if let RawBsonRef::DbPointer(_) = other {
                out.extend_from_slice(format!("{other:?}").as_bytes());
            }
        }
    }
}

fn whole(value: i64, out: &mut Vec<u8>) {
    // The sign bit is flipped so that keys sort like numbers.
    out.push(ElementType::Int64 as u8);
    out.extend_from_slice(&(value ^ i64::MIN).to_be_bytes());
}

/// The number as an integer of 64 bits, if it is one.
fn as_whole(value: f64) -> Option<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    let fits = value.fract() == 0.0 && (-LIMIT..LIMIT).contains(&value);
    #[expect(clippy::cast_possible_truncation, reason = "the value is whole and in range")]
    fits.then_some(value as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::{Bson, Decimal128, oid::ObjectId, raw::RawBson};

    fn key(id: impl Into<Bson>) -> Vec<u8> {
        let id = RawBson::try_from(id.into()).unwrap();
        let mut key = Vec::new();
        write(NamespaceId(7), id.as_raw_bson_ref(), &mut key);
        key
    }

    #[test]
    fn a_whole_number_has_one_key_whatever_its_type() {
        assert_eq!(key(1_i32), key(1_i64));
        assert_eq!(key(1_i32), key(1.0));
        assert_eq!(key(0_i32), key(-0.0));
        assert_eq!(key(i64::MIN), key(-9_223_372_036_854_775_808.0));
        assert_ne!(key(i64::MAX), key(9_223_372_036_854_775_808.0));
        assert_ne!(key(1.5), key(1.0));
        assert_eq!(key(f64::NAN), key(-f64::NAN));
        assert_ne!(key(f64::INFINITY), key(f64::NEG_INFINITY));
    }

    #[test]
    fn values_of_different_types_have_different_keys() {
        let keys = [
            key("1"),
            key(1_i32),
            key(1.5),
            key(true),
            key(Bson::Null),
            key(Bson::MinKey),
            key(Bson::MaxKey),
            key(bson::DateTime::from_millis(1)),
            key(ObjectId::from_bytes([1; 12])),
            key(bson::Binary { subtype: bson::spec::BinarySubtype::Generic, bytes: vec![1] }),
            key(bson::Binary { subtype: bson::spec::BinarySubtype::Uuid, bytes: vec![1] }),
            key("1".parse::<Decimal128>().unwrap()),
            key(bson::doc! { "a": 1 }),
        ];
        let distinct: std::collections::HashSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
    }

    #[test]
    fn whole_numbers_sort_by_value() {
        let sorted = [key(i64::MIN), key(-5), key(0), key(3), key(i64::MAX)];
        assert!(sorted.is_sorted());
    }
}
