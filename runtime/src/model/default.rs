//! Defaults of properties: which types can have which.

use asymmetric_schema::{Bound, DefaultValue, PropertyType};

use super::{Fractional, Number, Property, Text};

/// A type whose default can be written as a literal of type `Literal`: a `bool`, a whole number
/// (`i64`), a number with a fraction (`f64`), a string (`str`).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot have this default",
    label = "does not fit the type of the field",
    note = "`true` and `false` are for `bool`, numbers for numbers (with a fraction, for those that \
            have one), strings for strings; other types have no default"
)]
pub trait DefaultsTo<Literal: ?Sized>: Property {
    /// What the generated code names, so that the bound is checked once, at the key.
    #[doc(hidden)]
    const FITS: bool = true;
}

#[diagnostic::do_not_recommend]
impl DefaultsTo<bool> for bool {}

#[diagnostic::do_not_recommend]
impl<T: DefaultsTo<bool>> DefaultsTo<bool> for Option<T> {}

#[diagnostic::do_not_recommend]
impl<T: Number> DefaultsTo<i64> for T {}

#[diagnostic::do_not_recommend]
impl<T: Fractional> DefaultsTo<f64> for T {}

#[diagnostic::do_not_recommend]
impl<T: Text> DefaultsTo<str> for T {}

/// The default of a `bool`.
#[must_use]
pub const fn default_bool(fits: bool, value: bool) -> DefaultValue {
    assert!(fits, "the constant of the trait is always true");
    DefaultValue::Bool(value)
}

/// A whole number as the default of any number.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "defaults of doubles are doubles")]
pub const fn default_integer(fits: bool, property_type: PropertyType, value: i64) -> DefaultValue {
    assert!(fits, "the constant of the trait is always true");
    let whole = matches!(property_type, PropertyType::Int | PropertyType::Long);
    // Nothing in it needs to be dropped, but the compiler cannot know.
    std::mem::forget(property_type);
    DefaultValue::Numeric(if whole { Bound::Integer(value) } else { Bound::Double(value as f64) })
}

/// A number with a fraction as the default of those that have one.
#[must_use]
pub const fn default_double(fits: bool, value: f64) -> DefaultValue {
    assert!(fits, "the constant of the trait is always true");
    DefaultValue::Numeric(Bound::Double(value))
}

/// The default of a string.
#[must_use]
pub const fn default_string(fits: bool, value: &'static str) -> DefaultValue {
    assert!(fits, "the constant of the trait is always true");
    DefaultValue::String(asymmetric_schema::Shared::Static(value))
}
