//! Defaults of properties: which types can have one, and whether it keeps to the property's rules.

use asymmetric_schema::{Bound, Constraints, DefaultValue, PropertySchema, Shared};

use super::Property;

/// A type that can have a default.
///
/// Implemented for booleans, numbers, strings, `Option`s of these, enums with
/// [`PropertyEnum`](crate::PropertyEnum), and newtypes of all of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot have a default",
    label = "no default for a field of this type",
    note = "booleans, numbers, strings and enums without fields can have one",
    note = "a collection that is absent counts as empty: it needs no default"
)]
pub trait Defaultable: Property {
    /// Type of the constant that states the default: the type itself, but `f64` for `Decimal128`
    /// and `&'static str` for strings and enums.
    type Constant;

    /// What `default` alone states: `false`, zero, or the empty string.
    const ZERO: DefaultValue;
}

impl<T: Defaultable> Defaultable for Option<T> {
    type Constant = T::Constant;

    const ZERO: DefaultValue = T::ZERO;
}

/// A class whose field at `POSITION` has a default that its attribute states.
pub trait StatesDefault<const POSITION: usize> {
    /// Type of the constant.
    type Constant;

    /// The constant.
    const CONSTANT: Self::Constant;
}

/// A constant's type, which knows how the schema holds what class `C` states.
pub trait DefaultConstant<C, const POSITION: usize> {
    /// The default as the schema holds it.
    const DEFAULT: DefaultValue;
}

const fn integer(value: i64) -> DefaultValue {
    DefaultValue::Numeric(Bound::Integer(value))
}

const fn double(value: f64) -> DefaultValue {
    DefaultValue::Numeric(Bound::Double(value))
}

const fn text(value: &'static str) -> DefaultValue {
    DefaultValue::String(Shared::Static(value))
}

/// For each type of constants: its zero, and how the schema holds one; then the types of properties
/// whose defaults are such constants.
macro_rules! constants {
    ($($constant:ty, $zero:literal, $value:ident => $default:expr, for $($rust:ty)*;)*) => { $(
        impl<C, const POSITION: usize> DefaultConstant<C, POSITION> for $constant
        where
            C: StatesDefault<POSITION, Constant = $constant>,
        {
            const DEFAULT: DefaultValue = {
                let $value = C::CONSTANT;
                $default
            };
        }

        $(
            impl Defaultable for $rust {
                type Constant = $constant;

                const ZERO: DefaultValue = {
                    let $value = $zero;
                    $default
                };
            }
        )*
    )* };
}

constants! {
    bool, false, value => DefaultValue::Bool(value), for bool;
    i8, 0_i8, value => integer(value as i64), for i8;
    i16, 0_i16, value => integer(value as i64), for i16;
    i32, 0_i32, value => integer(value as i64), for i32;
    i64, 0_i64, value => integer(value), for i64;
    u8, 0_u8, value => integer(value as i64), for u8;
    u16, 0_u16, value => integer(value as i64), for u16;
    u32, 0_u32, value => integer(value as i64), for u32;
    f32, 0.0_f32, value => double(value as f64), for f32;
    f64, 0.0_f64, value => double(value), for f64 bson::Decimal128;
    &'static str, "", value => text(value), for
        String Box<str> std::sync::Arc<str> std::borrow::Cow<'_, str> &str;
}

/// What `default` alone states for an enum without fields: nothing that it is stored as.
pub const EMPTY_TEXT: DefaultValue = text("");

/// The property with what bare `default` states.
///
/// # Panics
///
/// At compile time, if the property is optional, or if its rules refuse the value.
#[must_use]
#[track_caller]
pub const fn with_own_default(property: PropertySchema, zero: DefaultValue) -> PropertySchema {
    assert!(
        !property.optional,
        "an `Option` is absent by default: remove `default`, or say which: `default = ..`"
    );
    with_default(property, zero)
}

/// The property with this default.
///
/// # Panics
///
/// At compile time, if the rules of the property refuse the value.
#[must_use]
#[track_caller]
pub const fn with_default(property: PropertySchema, default: DefaultValue) -> PropertySchema {
    match &default {
        DefaultValue::Numeric(value) => check_number(*value, &property.constraints),
        DefaultValue::String(Shared::Static(text)) => check_text(text, &property.constraints),
        _ => {}
    }
    property.defaulting_to(default)
}

#[track_caller]
const fn check_number(value: Bound, constraints: &Constraints) {
    assert!(as_f64(value).is_finite(), "a default is a finite number: JSON has no word for others");
    if let Some(minimum) = constraints.minimum {
        let (below, equal) = (is_less(value, minimum), is_equal(value, minimum));
        assert!(!below, "the default is less than the `minimum` of its field");
        assert!(
            !(equal && constraints.exclusive_minimum),
            "the default is the `exclusive_minimum` of its field, which the rule itself refuses"
        );
    }
    if let Some(maximum) = constraints.maximum {
        let (above, equal) = (is_less(maximum, value), is_equal(value, maximum));
        assert!(!above, "the default is greater than the `maximum` of its field");
        assert!(
            !(equal && constraints.exclusive_maximum),
            "the default is the `exclusive_maximum` of its field, which the rule itself refuses"
        );
    }
}

const fn is_less(a: Bound, b: Bound) -> bool {
    match (a, b) {
        (Bound::Integer(a), Bound::Integer(b)) => a < b,
        (a, b) => as_f64(a) < as_f64(b),
    }
}

const fn is_equal(a: Bound, b: Bound) -> bool {
    !is_less(a, b) && !is_less(b, a)
}

#[expect(clippy::cast_precision_loss, reason = "only compared with what is a double itself")]
const fn as_f64(bound: Bound) -> f64 {
    match bound {
        Bound::Integer(value) => value as f64,
        Bound::Double(value) => value,
    }
}

#[track_caller]
const fn check_text(text: &str, constraints: &Constraints) {
    let characters = count_characters(text);
    if let Some(least) = constraints.min_length {
        assert!(characters >= least, "the default is shorter than the `min_length` of its field");
    }
    if let Some(most) = constraints.max_length {
        assert!(characters <= most, "the default is longer than the `max_length` of its field");
    }
    if let Shared::Static(allowed) = &constraints.allowed {
        assert!(
            allowed.is_empty() || contains(allowed, text),
            "the default is none of the strings that the enum is stored as"
        );
    }
}

/// In UTF-8, every character has one byte that continues no other.
const fn count_characters(text: &str) -> u64 {
    let (mut rest, mut count) = (text.as_bytes(), 0);
    while let Some((byte, following)) = rest.split_first() {
        if *byte & 0b1100_0000 != 0b1000_0000 {
            count += 1;
        }
        rest = following;
    }
    count
}

const fn contains(mut strings: &[Shared<str>], wanted: &str) -> bool {
    while let Some((string, rest)) = strings.split_first() {
        if let Shared::Static(string) = string
            && super::private::same_text(string, wanted)
        {
            return true;
        }
        strings = rest;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_as_strings_count_them() {
        for text in ["", "a", "äöü", "a\u{10FFFF}b", "e\u{301}", "日本語"] {
            assert_eq!(count_characters(text), text.chars().count() as u64, "{text}");
        }
    }

    #[test]
    fn numbers_of_different_sorts_compare_as_numbers() {
        let (one, half) = (Bound::Integer(1), Bound::Double(0.5));
        assert!(is_less(half, one) && !is_less(one, half));
        assert!(is_equal(one, Bound::Double(1.0)));
        let (great, greater) = (Bound::Integer(i64::MAX - 1), Bound::Integer(i64::MAX));
        assert!(is_less(great, greater) && !is_equal(great, greater));
    }
}
