//! The order of documents.

use std::cmp::Ordering;

use bson::{Bson, Document, RawDocument, raw::RawBsonRef};

use super::{
    Path, QueryError,
    order::order,
    path::{Found, any_absent, any_found},
};

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
            let left = key(left, path, *ascending);
            let order = order(left, key(right, path, *ascending));
            let order = if *ascending { order } else { order.reverse() };
            if order != Ordering::Equal {
                return order;
            }
        }
        Ordering::Equal
    }
}

/// What a document is sorted by: of all values at the path, the one that would come first.
fn key<'a>(document: &'a RawDocument, path: &Path, ascending: bool) -> RawBsonRef<'a> {
    let mut first: Option<RawBsonRef<'a>> = None;
    let mut offer = |value: RawBsonRef<'a>| {
        let before = |than: RawBsonRef<'a>| {
            let order = order(value, than);
            if ascending { order.is_lt() } else { order.is_gt() }
        };
        if first.is_none_or(before) {
            first = Some(value);
        }
    };
    let root = RawBsonRef::Document(document);
    let nothing = !any_found(root, path.segments(), &mut |_| true);
    any_found(root, path.segments(), &mut |Found { value, element }| {
        match value.as_array().filter(|_| !element) {
            // An array without elements comes before null.
            Some(array) if array.is_empty() => offer(RawBsonRef::Undefined),
            Some(array) => array.into_iter().map_while(Result::ok).for_each(&mut offer),
            None => offer(value),
        }
        false
    });
    // What is not there sorts with null.
    if nothing || any_absent(root, path.segments(), true) {
        offer(RawBsonRef::Null);
    }
    first.unwrap_or(RawBsonRef::Null)
}
