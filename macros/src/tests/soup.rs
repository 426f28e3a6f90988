//! Random tokens: the macros report errors, they never panic.

use std::fmt::Write as _;

use proc_macro2::TokenStream;
use proptest::{collection::vec, prelude::*, sample::select};

use super::pieces::PIECES;
use crate::{attr, derive, expand, input::Kind, realm};

/// Tokens as text; those that do not lex are left out.
fn soup() -> impl Strategy<Value = TokenStream> {
    vec(select(PIECES), 0..12)
        .prop_filter_map("parentheses must match", |pieces| pieces.join(" ").parse().ok())
}

/// A struct whose attributes are soup.
fn class() -> impl Strategy<Value = TokenStream> {
    vec((soup(), soup()), 0..4).prop_filter_map("the types must lex", |fields| {
        let mut text = String::new();
        for (position, (attribute, ty)) in fields.iter().enumerate() {
            write!(text, "#[asymmetric({attribute})] f{position}: {ty},").ok()?;
        }
        format!("struct Reading {{ {text} }}").parse().ok()
    })
}

proptest! {
    #[test]
    fn attributes_of_any_tokens_are_expanded_or_reported(attribute in soup(), item in class()) {
        for kind in [Kind::Asymmetric, Kind::Embedded] {
            let expansion = expand::class(kind, attribute.clone(), &item);
            prop_assert!(!expansion.is_empty(), "the item at least is emitted");
        }
    }

    #[test]
    fn items_of_any_tokens_are_expanded_or_reported(item in soup()) {
        let expansion = expand::class(Kind::Asymmetric, TokenStream::new(), &item);
        prop_assert!(expansion.to_string().contains("compile_error"), "{item} is no class");
        prop_assert!(!realm::expand(item.clone()).is_empty());
        // The compiler hands only whole items to derives; the others must not be worse than that.
        let expansions = [derive::newtype::expand(item.clone()), derive::property_enum::expand(item)];
        prop_assert!(expansions.iter().all(|expansion| !expansion.is_empty()));
    }

    #[test]
    fn entries_of_any_tokens_have_keys_that_differ(tokens in soup()) {
        let mut sink = crate::sink::Sink::new();
        let entries = attr::entry::parse(tokens, &mut sink);
        let mut keys: Vec<String> = entries.iter().map(|entry| entry.key.to_string()).collect();
        let count = keys.len();
        keys.sort();
        keys.dedup();
        prop_assert_eq!(keys.len(), count);
        prop_assert!(sink.finish().is_none_or(|errors| !errors.is_empty()));
    }
}
