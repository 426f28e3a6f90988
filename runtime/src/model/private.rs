//! What generated code names. Nothing here is meant for people, and all of it may change with any
//! release: the module is re-exported under a name that carries the version.

pub use core::{
    option::Option,
    primitive::{bool, f64, i64, str, u8, usize},
    result::Result,
};
pub use std::vec::Vec;

pub use asymmetric_schema::{
    Bound, Constraints, DefaultValue, EmbeddedSchema, Granularity, ObjectSchema, PropertySchema,
    PropertyType, RealmSchema, Shared, TimeSeries,
};

pub use super::{
    AnotherObject, AsymmetricObject, DateProperty, Defaultable, EmbeddedObject, Fractional,
    InvalidObject, InvalidValue, Items, ListElement, MapKey, MayHold, MemberOf, Number, Numeral,
    PrimaryKey, Property, Schema, SetElement, Text,
    constraint::{fraction, max_items, max_length, maximum, min_items, min_length, minimum, whole},
    default::{DefaultConstant, EMPTY_TEXT, StatesDefault, with_default, with_own_default},
    document::{begin, finish, header},
    pattern::Pattern,
    types::encode_text,
};

#[cfg(feature = "schemars")]
pub use super::json_schema::{json_schema_of, property_json_schema, title_of};
#[doc(hidden)]
pub use crate::__asymmetric_json_schema as json_schema;
#[cfg(feature = "schemars")]
pub use schemars::{JsonSchema, Schema as JsonSchemaValue, SchemaGenerator};
#[cfg(feature = "schemars")]
pub use std::borrow::Cow;

/// The BSON type byte of a document, which is what an embedded object is.
pub const DOCUMENT: u8 = super::document::element::DOCUMENT;

/// The BSON type byte of a string, which is what an enum without fields is.
pub const STRING: u8 = super::document::element::STRING;

/// The schema of a property whose type is a [`Property`].
///
/// # Panics
///
/// At compile time, if the type is an `Option` of what is optional already.
#[must_use]
#[track_caller]
pub const fn property(
    name: &'static str,
    property_type: PropertyType,
    optional: bool,
    twice_optional: bool,
    allowed: &'static [Shared<str>],
    fits_its_role: bool,
) -> PropertySchema {
    assert!(fits_its_role, "the traits for roles are constantly true");
    assert!(
        !twice_optional,
        "an `Option` in an `Option` cannot be stored: a property is there or not, write one `Option`"
    );
    let schema = PropertySchema::new(name, property_type);
    let schema = if optional { schema.optional() } else { schema };
    if allowed.is_empty() {
        schema
    } else {
        schema.constrained(Constraints::NONE.with_allowed(allowed))
    }
}

/// Refuses a class that another class of the realm schema would be mistaken for.
///
/// # Panics
///
/// At compile time, if a class before `position` has the same title or the same place.
#[track_caller]
pub const fn assert_distinct(classes: &[ObjectSchema], position: usize) {
    let Some((this, _)) = classes.split_at(position + 1).0.split_last() else { return };
    let mut others = classes.split_at(position).0;
    while let Some((other, rest)) = others.split_first() {
        assert!(
            !same(&this.title, &other.title),
            "another class of this realm has the same title: give one of them \
             `#[asymmetric(title = \"..\")]`"
        );
        assert!(
            !same(&this.collection, &other.collection)
                || !same(&this.database, &other.database)
                || !same(&this.data_source, &other.data_source),
            "another class of this realm is stored in the same collection: give one of them \
             `#[asymmetric(collection = \"..\")]`"
        );
        others = rest;
    }
}

/// Whether a realm schema is the one of this checksum, which a build script wrote in hexadecimal.
#[must_use]
pub const fn is_locked(schema: &RealmSchema, checksum: &str) -> bool {
    match (schema.checksum(), u128::from_str_radix(checksum, 16)) {
        (Some(found), Ok(locked)) => found == locked,
        _ => false,
    }
}

/// Whether two strings that were compiled in are the same.
const fn same(a: &Shared<str>, b: &Shared<str>) -> bool {
    match (a, b) {
        (Shared::Static(a), Shared::Static(b)) => same_text(a, b),
        _ => false,
    }
}

/// Whether two strings are the same.
pub(super) const fn same_text(a: &str, b: &str) -> bool {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    while let (Some((x, a_rest)), Some((y, b_rest))) = (a.split_first(), b.split_first()) {
        if *x != *y {
            return false;
        }
        (a, b) = (a_rest, b_rest);
    }
    true
}

/// Names the property in which an invalid value was found.
#[inline]
pub fn at(result: Result<(), InvalidValue>, name: &str) -> Result<(), InvalidValue> {
    match result {
        Ok(()) => Ok(()),
        Err(reason) => Err(reason.within(name)),
    }
}
