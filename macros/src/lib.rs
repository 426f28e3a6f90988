//! The procedural macros of the crate `asymmetric`, which re-exports and documents them.
//!
//! Each macro is a pipeline of five stages, one module each:
//!
//! ```text
//! tokens -> attr -> input -> checked -> expand
//!            |        |         |
//!            +--------+---------+---> sink ---> fallback
//! ```
//!
//! - `attr` reads attributes into typed values that keep the spans of their keys;
//! - `input` is the item as it was written;
//! - `checked` is the item once every refusal has been ruled out, and all that emitters see;
//! - `expand` turns that into tokens;
//! - `fallback` emits the item and stub implementations if anything was refused.
//!
//! All stages report to one `sink` and go on, so that one build shows all mistakes.

// The documentation of each macro is at its re-export, where the examples in it compile, and would
// be followed there by whatever stood here.
#![expect(missing_docs, reason = "documented where they are re-exported")]

mod attr;
mod case;
mod checked;
mod crate_path;
mod derive;
mod expand;
mod fallback;
mod input;
mod names;
mod realm;
mod sink;
mod suggest;
mod types;

#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

use self::input::Kind;

#[proc_macro_attribute]
pub fn asymmetric(attribute: TokenStream, item: TokenStream) -> TokenStream {
    expand::class(Kind::Asymmetric, attribute.into(), &item.into()).into()
}

#[proc_macro_attribute]
pub fn embedded(attribute: TokenStream, item: TokenStream) -> TokenStream {
    expand::class(Kind::Embedded, attribute.into(), &item.into()).into()
}

#[proc_macro_derive(Property, attributes(property))]
pub fn property(item: TokenStream) -> TokenStream {
    derive::newtype::expand(item.into()).into()
}

#[proc_macro_derive(PropertyEnum, attributes(property))]
pub fn property_enum(item: TokenStream) -> TokenStream {
    derive::property_enum::expand(item.into()).into()
}

#[proc_macro]
pub fn realm_schema(input: TokenStream) -> TokenStream {
    realm::expand(input.into()).into()
}
