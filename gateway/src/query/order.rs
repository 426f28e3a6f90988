//! MongoDB's order over all values, by which it sorts and groups.

use std::cmp::Ordering;

use bson::{Bson, RawBson, RawDocument, raw::RawBsonRef, spec::ElementType};

use super::compare::Number;

/// The order of any two values: by kind, then by value. Numbers are one kind, whatever their type;
/// NaN comes before them.
pub(crate) fn order(left: RawBsonRef<'_>, right: RawBsonRef<'_>) -> Ordering {
    kind(left).cmp(&kind(right)).then_with(|| same_kind(left, right))
}

/// The same for values in memory. One that BSON cannot hold comes first.
pub(crate) fn order_of(left: &Bson, right: &Bson) -> Ordering {
    let raw = |value: &Bson| RawBson::try_from(value.clone()).ok();
    match (raw(left), raw(right)) {
        (Some(left), Some(right)) => order(left.as_raw_bson_ref(), right.as_raw_bson_ref()),
        (left, right) => left.is_some().cmp(&right.is_some()),
    }
}

/// A value as a key, equal to another if MongoDB would put both into one group.
#[derive(Clone, Debug)]
pub(super) struct OrderedKey(pub(super) Bson);

impl PartialEq for OrderedKey {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for OrderedKey {}

impl PartialOrd for OrderedKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for OrderedKey {
    fn cmp(&self, other: &Self) -> Ordering {
        order_of(&self.0, &other.0)
    }
}

/// The place of a kind among the others.
pub(super) fn kind(value: RawBsonRef<'_>) -> u8 {
    match value.element_type() {
        ElementType::MinKey => 0,
        ElementType::Undefined => 1,
        ElementType::Null => 2,
        ElementType::Int32 | ElementType::Int64 | ElementType::Double | ElementType::Decimal128 => {
            3
        }
        ElementType::String | ElementType::Symbol => 4,
        ElementType::EmbeddedDocument => 5,
        ElementType::Array => 6,
        ElementType::Binary => 7,
        ElementType::ObjectId => 8,
        ElementType::Boolean => 9,
        ElementType::DateTime => 10,
        ElementType::Timestamp => 11,
        ElementType::RegularExpression => 12,
        ElementType::DbPointer => 13,
        ElementType::JavaScriptCode => 14,
        ElementType::JavaScriptCodeWithScope => 15,
        ElementType::MaxKey => 16,
    }
}

pub(super) fn same_kind(left: RawBsonRef<'_>, right: RawBsonRef<'_>) -> Ordering {
    if let (Some(left), Some(right)) = (Number::of(left), Number::of(right)) {
        let by_nan = || right.is_nan().cmp(&left.is_nan());
        return left.compare(right).unwrap_or_else(by_nan);
    }
    match (left, right) {
        (RawBsonRef::String(left), RawBsonRef::String(right)) => left.cmp(right),
        (RawBsonRef::Document(left), RawBsonRef::Document(right)) => documents(left, right),
        (RawBsonRef::Array(left), RawBsonRef::Array(right)) => {
            let left = left.into_iter().map_while(Result::ok);
            sequences(left, right.into_iter().map_while(Result::ok), |left, right| {
                order(*left, *right)
            })
        }
        (RawBsonRef::Binary(left), RawBsonRef::Binary(right)) => {
            let key = |binary: bson::raw::RawBinaryRef<'_>| {
                (binary.bytes.len(), u8::from(binary.subtype))
            };
            key(left).cmp(&key(right)).then_with(|| left.bytes.cmp(right.bytes))
        }
        (RawBsonRef::ObjectId(left), RawBsonRef::ObjectId(right)) => left.cmp(&right),
        (RawBsonRef::Boolean(left), RawBsonRef::Boolean(right)) => left.cmp(&right),
        (RawBsonRef::DateTime(left), RawBsonRef::DateTime(right)) => left.cmp(&right),
        (RawBsonRef::Timestamp(left), RawBsonRef::Timestamp(right)) => left.cmp(&right),
        (RawBsonRef::RegularExpression(left), RawBsonRef::RegularExpression(right)) => {
            let key = |regex: bson::raw::RawRegexRef<'_>| {
                (regex.pattern.to_string(), regex.options.to_string())
            };
            key(left).cmp(&key(right))
        }
        _ => Ordering::Equal,
    }
}

/// Field by field: first the kinds, then the names, then the values.
fn documents(left: &RawDocument, right: &RawDocument) -> Ordering {
    let fields = |document| RawDocument::iter(document).map_while(Result::ok);
    sequences(fields(left), fields(right), |(name, value), (other_name, other)| {
        kind(*value)
            .cmp(&kind(*other))
            .then_with(|| name.as_str().cmp(other_name.as_str()))
            .then_with(|| same_kind(*value, *other))
    })
}

fn sequences<T>(
    mut left: impl Iterator<Item = T>,
    mut right: impl Iterator<Item = T>,
    order: impl Fn(&T, &T) -> Ordering,
) -> Ordering {
    loop {
        match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(left), Some(right)) => match order(&left, &right) {
                Ordering::Equal => {}
                different => return different,
            },
        }
    }
}
