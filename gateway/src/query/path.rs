//! Dotted paths into documents.

use std::cmp::Ordering;

use bson::{RawDocument, raw::RawBsonRef};

use super::compare::{compare, equal, matches_equal, matches_order};

/// A dotted path, split. The empty path is the value itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Path(Box<[Box<str>]>);

impl Path {
    /// Splits at the dots. A `[]` behind a segment says that it is an array, which `any` finds out
    /// by itself.
    pub(crate) fn parse(text: &str) -> Self {
        let segments = text.split('.').filter(|segment| !segment.is_empty());
        Self(segments.map(|segment| segment.trim_end_matches("[]").into()).collect())
    }

    pub(crate) fn segments(&self) -> &[Box<str>] {
        &self.0
    }

    /// The first segment.
    pub(crate) fn root(&self) -> Option<&str> {
        self.0.first().map(|segment| &**segment)
    }
}

/// The value at a path, with numbers for the places of arrays.
pub(crate) fn get<'a>(value: RawBsonRef<'a>, path: &[Box<str>]) -> Option<RawBsonRef<'a>> {
    let Some((first, rest)) = path.split_first() else { return Some(value) };
    let next = match value {
        RawBsonRef::Document(document) => field(document, first),
        RawBsonRef::Array(array) => array.get(first.parse().ok()?).ok().flatten(),
        _ => None,
    };
    get(next?, rest)
}

/// Whether `test` holds for any value at the path. Arrays on the way are stepped into: a path means
/// the value in each of their elements.
pub(crate) fn any<'a>(
    value: RawBsonRef<'a>,
    path: &[Box<str>],
    test: &mut dyn FnMut(RawBsonRef<'a>) -> bool,
) -> bool {
    any_found(value, path, &mut |found| test(found.value))
}

/// A value at a path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found<'a> {
    pub(crate) value: RawBsonRef<'a>,
    /// The path names an element of an array by its place. If that is an array, it stands for itself
    /// and not for its elements.
    pub(crate) element: bool,
}

impl Found<'_> {
    /// Whether this is what is asked for: it is equal, or an array with an element that is.
    pub(crate) fn matches_equal(self, wanted: RawBsonRef<'_>) -> bool {
        if self.element { equal(self.value, wanted) } else { matches_equal(self.value, wanted) }
    }

    /// The same for an order.
    pub(crate) fn matches_order(
        self,
        wanted: RawBsonRef<'_>,
        holds: impl Fn(Ordering) -> bool,
    ) -> bool {
        if self.element {
            return compare(self.value, wanted).is_some_and(holds);
        }
        matches_order(self.value, wanted, holds)
    }
}

/// [`any`], with what is known of each value.
pub(crate) fn any_found<'a>(
    value: RawBsonRef<'a>,
    path: &[Box<str>],
    test: &mut dyn FnMut(Found<'a>) -> bool,
) -> bool {
    let Some((first, rest)) = path.split_first() else {
        return test(Found { value, element: false });
    };
    match value {
        RawBsonRef::Document(document) => {
            field(document, first).is_some_and(|value| any_found(value, rest, test))
        }
        RawBsonRef::Array(array) => {
            let place = first.parse().ok().and_then(|place| array.get(place).ok().flatten());
            let of_place = place.is_some_and(|value| match rest {
                [] => test(Found { value, element: true }),
                rest => any_found(value, rest, test),
            });
            of_place
                || array.into_iter().any(|element| match element {
                    Ok(element @ RawBsonRef::Document(_)) => any_found(element, path, test),
                    _ => false,
                })
        }
        _ => false,
    }
}

/// Whether there is a place that the path leads to, and nothing stands there. In an array, its
/// documents have such places; `elements` says whether everything else in it has, too.
pub(super) fn any_absent(value: RawBsonRef<'_>, path: &[Box<str>], elements: bool) -> bool {
    let Some((first, rest)) = path.split_first() else { return false };
    match value {
        RawBsonRef::Document(document) => match field(document, first) {
            Some(value) => any_absent(value, rest, elements),
            None => true,
        },
        RawBsonRef::Array(array) => {
            let place: Option<usize> = first.parse().ok();
            let of_place = place.is_some_and(|place| match array.get(place).ok().flatten() {
                Some(value) => any_absent(value, rest, elements),
                None => true,
            });
            of_place
                || array.into_iter().any(|element| match element {
                    Ok(element @ RawBsonRef::Document(_)) => any_absent(element, path, elements),
                    _ => elements && place.is_none(),
                })
        }
        _ => true,
    }
}

fn field<'a>(document: &'a RawDocument, name: &str) -> Option<RawBsonRef<'a>> {
    document.get(name).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::rawdoc;

    fn found(document: &RawDocument, path: &str) -> Vec<i32> {
        let mut values = Vec::new();
        let path = Path::parse(path);
        any(document.into(), path.segments(), &mut |value| {
            values.extend(value.as_i32());
            false
        });
        values
    }

    #[test]
    fn a_path_means_the_value_in_every_element_of_an_array() {
        let document = rawdoc! { "a": { "b": 1 }, "list": [{ "b": 2 }, 7, { "b": 3 }, { "c": 4 }] };
        assert_eq!(found(&document, "a.b"), [1]);
        assert_eq!(found(&document, "list.b"), [2, 3]);
        assert_eq!(found(&document, "list[].b"), [2, 3]);
        assert_eq!(found(&document, "list.2.b"), [3]);
        assert_eq!(found(&document, "list.1"), [7]);
        assert_eq!(found(&document, "a.b.c"), [0; 0]);
    }

    #[test]
    fn a_single_value_is_found_by_names_and_places() {
        let document = rawdoc! { "list": [{ "b": 2 }] };
        let at = |path| get((&*document).into(), Path::parse(path).segments());
        assert_eq!(at("list.0.b").and_then(RawBsonRef::as_i32), Some(2));
        assert!(at("list.b").is_none());
        assert!(at("list.1").is_none());
        assert!(at("").is_some());
    }
}
