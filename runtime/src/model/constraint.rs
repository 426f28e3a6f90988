//! Rules for values beyond their type: who can have them, and the checks.

use asymmetric_schema::Bound;

use super::{InvalidValue, Property};

/// A type whose values `minimum` and `maximum` can restrict.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number",
    label = "this rule is for numbers",
    note = "`minimum`, `maximum` and their `exclusive_` forms restrict numbers; strings have \
            `min_length` and `max_length`, lists and sets `min_items` and `max_items`"
)]
pub trait Number: Property {
    /// Whether the values are whole numbers, whose bounds are then whole numbers too.
    const WHOLE: bool;

    /// The number, unless it is absent.
    fn number(&self) -> Option<Numeral>;
}

/// A [`Number`] that a bound with a fraction can restrict.
#[diagnostic::on_unimplemented(
    message = "`{Self}` holds whole numbers",
    label = "its bounds are whole numbers too",
    note = "write the bound without a decimal point"
)]
pub trait Fractional: Number {
    /// What the generated code names, so that the bound is checked once, at the key.
    #[doc(hidden)]
    const HAS_FRACTIONS: bool = true;
}

/// The value of a [`Number`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Numeral {
    /// Of an integer type.
    Integer(i64),
    /// Of any other type.
    Double(f64),
}

impl std::fmt::Display for Numeral {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Integer(value) => value.fmt(f),
            Self::Double(value) => value.fmt(f),
        }
    }
}

/// A type whose values `min_length`, `max_length` and `pattern` can restrict.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a string",
    label = "this rule is for strings",
    note = "`min_length`, `max_length` and `pattern` restrict strings; numbers have `minimum` and \
            `maximum`, lists and sets `min_items` and `max_items`"
)]
pub trait Text: Property {
    /// The string, unless it is absent.
    fn text(&self) -> Option<&str>;
}

/// A type whose values `min_items` and `max_items` can restrict.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a list nor a set",
    label = "this rule is for lists and sets",
    note = "`min_items` and `max_items` restrict lists and sets; strings have `min_length` and \
            `max_length`, numbers `minimum` and `maximum`"
)]
pub trait Items: Property {
    /// The number of elements, unless the collection is absent.
    fn item_count(&self) -> Option<usize>;
}

impl<T: Number> Number for Option<T> {
    const WHOLE: bool = T::WHOLE;

    #[inline]
    fn number(&self) -> Option<Numeral> {
        self.as_ref().and_then(T::number)
    }
}

impl<T: Fractional> Fractional for Option<T> {}

impl<T: Text> Text for Option<T> {
    #[inline]
    fn text(&self) -> Option<&str> {
        self.as_ref().and_then(T::text)
    }
}

impl<T: Items> Items for Option<T> {
    #[inline]
    fn item_count(&self) -> Option<usize> {
        self.as_ref().and_then(T::item_count)
    }
}

/// A bound that is a whole number, made fit for the type it restricts.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "bounds of doubles are doubles")]
pub const fn whole(type_is_whole: bool, bound: i64) -> Bound {
    if type_is_whole { Bound::Integer(bound) } else { Bound::Double(bound as f64) }
}

/// A bound that has a fraction, for types that have them.
#[must_use]
pub const fn fraction(type_has_fractions: bool, bound: f64) -> Bound {
    assert!(type_has_fractions, "the constant of the trait is always true");
    Bound::Double(bound)
}

/// Checks `minimum`, or `exclusive_minimum`.
#[inline]
pub fn minimum(value: Option<Numeral>, bound: Bound, exclusive: bool) -> Result<(), InvalidValue> {
    let Some(value) = value else { return Ok(()) };
    let holds = match (value, bound, exclusive) {
        (Numeral::Integer(value), Bound::Integer(bound), false) => value >= bound,
        (Numeral::Integer(value), Bound::Integer(bound), true) => value > bound,
        (value, bound, false) => value.as_f64() >= as_f64(bound),
        (value, bound, true) => value.as_f64() > as_f64(bound),
    };
    if holds { Ok(()) } else { Err(out_of_bounds(value, "minimum", bound, exclusive)) }
}

/// Checks `maximum`, or `exclusive_maximum`.
#[inline]
pub fn maximum(value: Option<Numeral>, bound: Bound, exclusive: bool) -> Result<(), InvalidValue> {
    let Some(value) = value else { return Ok(()) };
    let holds = match (value, bound, exclusive) {
        (Numeral::Integer(value), Bound::Integer(bound), false) => value <= bound,
        (Numeral::Integer(value), Bound::Integer(bound), true) => value < bound,
        (value, bound, false) => value.as_f64() <= as_f64(bound),
        (value, bound, true) => value.as_f64() < as_f64(bound),
    };
    if holds { Ok(()) } else { Err(out_of_bounds(value, "maximum", bound, exclusive)) }
}

impl Numeral {
    #[expect(clippy::cast_precision_loss, reason = "only compared with bounds that are doubles")]
    fn as_f64(self) -> f64 {
        match self {
            Self::Integer(value) => value as f64,
            Self::Double(value) => value,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "only compared with values that are doubles")]
fn as_f64(bound: Bound) -> f64 {
    match bound {
        Bound::Integer(value) => value as f64,
        Bound::Double(value) => value,
    }
}

#[cold]
fn out_of_bounds(value: Numeral, rule: &str, bound: Bound, exclusive: bool) -> InvalidValue {
    let bound = match bound {
        Bound::Integer(bound) => Numeral::Integer(bound),
        Bound::Double(bound) => Numeral::Double(bound),
    };
    let exclusive = if exclusive { "exclusive_" } else { "" };
    InvalidValue::new(value, format_args!("{exclusive}{rule} = {bound}"))
}

/// Checks `min_length`, in characters.
#[inline]
pub fn min_length(value: Option<&str>, characters: u64) -> Result<(), InvalidValue> {
    match value {
        Some(text) if count(text) < characters => {
            Err(InvalidValue::new(text, format_args!("min_length = {characters}")))
        }
        _ => Ok(()),
    }
}

/// Checks `max_length`, in characters.
#[inline]
pub fn max_length(value: Option<&str>, characters: u64) -> Result<(), InvalidValue> {
    match value {
        // No character is shorter than a byte: most strings need not be counted.
        Some(text) if text.len() as u64 > characters && count(text) > characters => {
            Err(InvalidValue::new(text, format_args!("max_length = {characters}")))
        }
        _ => Ok(()),
    }
}

fn count(text: &str) -> u64 {
    text.chars().count() as u64
}

/// Checks `min_items`.
#[inline]
pub fn min_items(count: Option<usize>, items: u64) -> Result<(), InvalidValue> {
    match count {
        Some(count) if (count as u64) < items => Err(wrong_count(count, "min_items", items)),
        _ => Ok(()),
    }
}

/// Checks `max_items`.
#[inline]
pub fn max_items(count: Option<usize>, items: u64) -> Result<(), InvalidValue> {
    match count {
        Some(count) if count as u64 > items => Err(wrong_count(count, "max_items", items)),
        _ => Ok(()),
    }
}

#[cold]
fn wrong_count(count: usize, rule: &str, items: u64) -> InvalidValue {
    InvalidValue::new(format_args!("{count} items"), format_args!("{rule} = {items}"))
}
