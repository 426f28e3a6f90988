//! The order of documents.

use std::cmp::Ordering;

use bson::{Bson, Document, RawDocument, raw::RawBsonRef};

use super::{Path, QueryError, compare, get};

/// By which fields documents are ordered, and in which direction.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sort(Vec<(Path, bool)>);

impl Sort {
    pub(crate) fn compile(sort: &Document) -> Result<Self, QueryError> {
        let keys = sort.iter().map(|(path, direction)| {
            let ascending = match direction {
                Bson::Int32(1) | Bson::Int64(1) => true,
                Bson::Int32(-1) | Bson::Int64(-1) => false,
                Bson::Double(value) if (value.abs() - 1.0).abs() < f64::EPSILON => *value > 0.0,
                _ => return Err(QueryError::argument("sort", "1 or -1 for each field")),
            };
            Ok((Path::parse(path), ascending))
        });
        keys.collect::<Result<_, _>>().map(Self)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn compare(&self, left: &RawDocument, right: &RawDocument) -> Ordering {
        for (path, ascending) in &self.0 {
            let of = |document| get(RawBsonRef::Document(document), path.segments());
            let order = order(of(left), of(right));
            let order = if *ascending { order } else { order.reverse() };
            if order != Ordering::Equal {
                return order;
            }
        }
        Ordering::Equal
    }
}

/// MongoDB's order over all kinds of values, as far as kinds go; what has no order within its kind
/// stays where it was.
fn order(left: Option<RawBsonRef<'_>>, right: Option<RawBsonRef<'_>>) -> Ordering {
    let (kind, other) = (left.map_or(1, kind), right.map_or(1, kind));
    kind.cmp(&other).then_with(|| match (left, right) {
        (Some(left), Some(right)) => compare(left, right).unwrap_or(Ordering::Equal),
        _ => Ordering::Equal,
    })
}

fn kind(value: RawBsonRef<'_>) -> u8 {
    match value {
        RawBsonRef::MinKey => 0,
        // What is not there sorts with null.
        RawBsonRef::Null | RawBsonRef::Undefined => 1,
        RawBsonRef::Int32(_)
        | RawBsonRef::Int64(_)
        | RawBsonRef::Double(_)
        | RawBsonRef::Decimal128(_) => 2,
        RawBsonRef::String(_) | RawBsonRef::Symbol(_) => 3,
        RawBsonRef::Document(_) => 4,
        RawBsonRef::Array(_) => 5,
        RawBsonRef::Binary(_) => 6,
        RawBsonRef::ObjectId(_) => 7,
        RawBsonRef::Boolean(_) => 8,
        RawBsonRef::DateTime(_) => 9,
        RawBsonRef::Timestamp(_) => 10,
        RawBsonRef::RegularExpression(_) => 11,
        RawBsonRef::MaxKey => 13,
        _ => 12,
    }
}
