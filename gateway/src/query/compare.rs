//! Equality and order of values.

use std::cmp::Ordering;

use bson::raw::RawBsonRef;

use super::order::{kind, same_kind};

/// Whether two values are equal: numbers by value, documents by their fields in order.
pub(crate) fn equal(left: RawBsonRef<'_>, right: RawBsonRef<'_>) -> bool {
    match (left, right) {
        (RawBsonRef::Document(left), RawBsonRef::Document(right)) => {
            same(left.iter(), right.iter(), |left, right| {
                left.0 == right.0 && equal(left.1, right.1)
            })
        }
        (RawBsonRef::Array(left), RawBsonRef::Array(right)) => {
            same(left.into_iter(), right.into_iter(), |left, right| equal(*left, *right))
        }
        _ => compare(left, right) == Some(Ordering::Equal) || is_nan(left) && is_nan(right),
    }
}

/// Whether two sequences have equal elements. What cannot be read equals nothing.
fn same<T, E, F>(
    mut left: impl Iterator<Item = Result<T, E>>,
    mut right: impl Iterator<Item = Result<T, E>>,
    equal: F,
) -> bool
where
    F: Fn(&T, &T) -> bool,
{
    loop {
        match (left.next(), right.next()) {
            (None, None) => return true,
            (Some(Ok(left)), Some(Ok(right))) if equal(&left, &right) => {}
            _ => return false,
        }
    }
}

/// The order of two values of one kind. `None` for values of different kinds, and for NaN with
/// anything else.
pub(crate) fn compare(left: RawBsonRef<'_>, right: RawBsonRef<'_>) -> Option<Ordering> {
    if let (Some(left), Some(right)) = (Number::of(left), Number::of(right)) {
        return left.compare(right);
    }
    (kind(left) == kind(right)).then(|| same_kind(left, right))
}

/// A number, exact as far as its type is.
#[derive(Clone, Copy)]
pub(super) enum Number {
    Whole(i64),
    Float(f64),
}

impl Number {
    pub(super) fn of(value: RawBsonRef<'_>) -> Option<Self> {
        match value {
            RawBsonRef::Int32(value) => Some(Self::Whole(value.into())),
            RawBsonRef::Int64(value) => Some(Self::Whole(value)),
            RawBsonRef::Double(value) => Some(Self::Float(value)),
            // The type has no arithmetic of its own; its text has all digits.
            RawBsonRef::Decimal128(value) => {
                let text = value.to_string();
                let whole = text.parse().map(Self::Whole).ok();
                whole.or_else(|| text.parse().map(Self::Float).ok())
            }
            _ => None,
        }
    }

    pub(super) fn is_nan(self) -> bool {
        matches!(self, Self::Float(value) if value.is_nan())
    }

    pub(super) fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Whole(left), Self::Whole(right)) => Some(left.cmp(&right)),
            (Self::Float(left), Self::Float(right)) => left.partial_cmp(&right),
            (Self::Whole(left), Self::Float(right)) => whole_and_float(left, right),
            (Self::Float(left), Self::Whole(right)) => {
                whole_and_float(right, left).map(Ordering::reverse)
            }
        }
    }
}

fn is_nan(value: RawBsonRef<'_>) -> bool {
    Number::of(value).is_some_and(Number::is_nan)
}

/// Compares without rounding the whole number, which a float cannot always hold.
fn whole_and_float(whole: i64, float: f64) -> Option<Ordering> {
    /// 2^63: floats from here on are above every whole number.
    const ABOVE: f64 = 9_223_372_036_854_775_808.0;
    if float.is_nan() {
        return None;
    }
    if float >= ABOVE {
        return Some(Ordering::Less);
    }
    if float < -ABOVE {
        return Some(Ordering::Greater);
    }
    #[expect(clippy::cast_possible_truncation, reason = "checked to be in range just above")]
    let truncated = float.trunc() as i64;
    Some(
        whole
            .cmp(&truncated)
            .then_with(|| float.trunc().partial_cmp(&float).unwrap_or(Ordering::Equal)),
    )
}

/// Whether a value of a document is what is asked for: it is equal, or it is an array with an
/// element that is.
pub(crate) fn matches_equal(value: RawBsonRef<'_>, wanted: RawBsonRef<'_>) -> bool {
    equal(value, wanted) || elements(value).any(|element| equal(element, wanted))
}

/// The same for an order.
pub(crate) fn matches_order(
    value: RawBsonRef<'_>,
    wanted: RawBsonRef<'_>,
    holds: impl Fn(Ordering) -> bool,
) -> bool {
    let test = |value| compare(value, wanted).is_some_and(&holds);
    test(value) || elements(value).any(test)
}

fn elements(value: RawBsonRef<'_>) -> impl Iterator<Item = RawBsonRef<'_>> {
    value.as_array().into_iter().flat_map(|array| array.into_iter().map_while(Result::ok))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::{Bson, RawBson, bson};
    use proptest::prelude::*;

    fn raw(value: impl Into<Bson>) -> RawBson {
        RawBson::try_from(value.into()).unwrap()
    }

    fn order(left: impl Into<Bson>, right: impl Into<Bson>) -> Option<Ordering> {
        compare(raw(left).as_raw_bson_ref(), raw(right).as_raw_bson_ref())
    }

    fn same(left: impl Into<Bson>, right: impl Into<Bson>) -> bool {
        equal(raw(left).as_raw_bson_ref(), raw(right).as_raw_bson_ref())
    }

    #[test]
    fn numbers_are_compared_by_value() {
        assert!(same(1, 1_i64) && same(1.0, 1) && same(bson!([1]), bson!([1.0])));
        assert!(same("1.50".parse::<bson::Decimal128>().unwrap(), 1.5));
        assert_eq!(order(i64::MAX, 9_223_372_036_854_775_807.0), Some(Ordering::Less));
        assert_eq!(
            order(9_007_199_254_740_993_i64, 9_007_199_254_740_992.0),
            Some(Ordering::Greater)
        );
        assert_eq!(order(-1, -1.5), Some(Ordering::Greater));
        assert_eq!(order(1, f64::NAN), None);
        assert!(same(f64::NAN, f64::NAN) && !same(f64::NAN, 0.0));
    }

    #[test]
    fn values_of_different_kinds_are_not_equal_and_have_no_order() {
        assert!(!same("1", 1) && !same(true, 1) && !same(Bson::Null, false));
        assert_eq!(order("a", 1), None);
        assert!(same(bson!({ "a": 1, "b": [] }), bson!({ "a": 1.0, "b": [] })));
        assert!(!same(bson!({ "a": 1, "b": 2 }), bson!({ "b": 2, "a": 1 })));
        assert!(!same(bson!([1]), bson!([1, 2])));
    }

    #[test]
    fn an_array_matches_by_its_elements_and_as_a_whole() {
        let (array, one, whole) = (raw(bson!([1, 5])), raw(5.0), raw(bson!([1, 5])));
        assert!(matches_equal(array.as_raw_bson_ref(), one.as_raw_bson_ref()));
        assert!(matches_equal(array.as_raw_bson_ref(), whole.as_raw_bson_ref()));
        assert!(matches_order(array.as_raw_bson_ref(), raw(4).as_raw_bson_ref(), Ordering::is_gt));
        assert!(!matches_order(array.as_raw_bson_ref(), raw(5).as_raw_bson_ref(), Ordering::is_gt));
    }

    proptest! {
        #[test]
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            reason = "floats near whole numbers are what is looked for"
        )]
        fn order_of_whole_numbers_and_floats_is_that_of_the_exact_values(
            whole: i64,
            float in prop_oneof![any::<f64>(), any::<i64>().prop_map(|value| value as f64)],
        ) {
            let found = order(whole, float);
            // Halves of a 64-bit number fit into 128 bits exactly.
            let exact = if float.is_nan() {
                None
            } else if float.abs() > 1e30 {
                Some(if float > 0.0 { Ordering::Less } else { Ordering::Greater })
            } else {
                let integer = i128::from(whole).cmp(&(float.trunc() as i128));
                let fraction = 0.0.partial_cmp(&float.fract()).unwrap();
                Some(integer.then(fraction))
            };
            prop_assert_eq!(found, exact);
            prop_assert_eq!(order(float, whole), exact.map(Ordering::reverse));
        }
    }
}
