//! Attributes as typed values that keep the spans of their keys.
//!
//! [`entry`] splits an attribute into keys and values, [`value`] reads one value, [`class`] and
//! [`field`] know which keys there are. Nothing here judges whether values make sense together.

pub(crate) mod class;
mod docs;
pub(crate) mod entry;
pub(crate) mod field;
pub(crate) mod symbol;
mod value;

pub(crate) use class::ClassAttributes;
pub(crate) use docs::description;
pub(crate) use entry::Entry;
pub(crate) use field::FieldAttributes;

use proc_macro2::Span;

/// A value, and the key that it was given with.
#[derive(Clone, Debug)]
pub(crate) struct Keyed<T> {
    pub(crate) key: Span,
    pub(crate) value: T,
}

/// A value, and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Spanned<T> {
    pub(crate) span: Span,
    pub(crate) value: T,
}
