//! The derives, for types that are stored as something simpler.

pub(crate) mod newtype;
pub(crate) mod property_enum;

use proc_macro2::{Span, TokenStream};
use syn::{Attribute, DeriveInput, GenericParam, Generics};

use crate::{
    attr::{
        Entry, entry,
        symbol::{CRATE, PROPERTY},
    },
    sink::Sink,
};

/// Parses the item of a derive, which the compiler has parsed before.
fn parse(input: TokenStream, sink: &mut Sink) -> Option<DeriveInput> {
    syn::parse2(input).map_err(|error| sink.push(error)).ok()
}

/// The entries of all `#[property(..)]` among the attributes.
fn entries(attributes: &[Attribute], sink: &mut Sink) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for attribute in attributes.iter().filter(|a| a.path().is_ident(PROPERTY)) {
        for entry in entry::of_attribute(attribute, sink) {
            if entries.iter().any(|earlier| earlier.key == entry.key) {
                entry.repeated(sink);
            } else {
                entries.push(entry);
            }
        }
    }
    entries
}

/// Reads `crate = ..`, the only key that every derive knows on the item.
fn krate(entry: &Entry, sink: &mut Sink) -> Option<syn::Path> {
    debug_assert!(entry.is(CRATE), "only called for this key");
    entry.path("some::path::asymmetric", sink).map(|path| path.value)
}

/// Lifetimes are fine; a type that depends on another has no one schema.
fn refuse_parameters(derive: &str, generics: &Generics, sink: &mut Sink) {
    for parameter in &generics.params {
        if !matches!(parameter, GenericParam::Lifetime(_)) {
            sink.on_with_help(
                parameter,
                format!("`{derive}` is for types without type and const parameters"),
                "a property has one type: write a concrete type",
            );
        }
    }
}

/// Reports that a derive stands on the wrong sort of item.
fn wrong_item(span: Span, derive: &str, what: &str, help: &str, sink: &mut Sink) {
    sink.at_with_help(span, format!("`{derive}` is for {what}"), help);
}
