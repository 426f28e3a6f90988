//! The entries of an attribute: `key`, `key = value`, `key(..)`.
//!
//! Entries are cut at the commas before anything is parsed, so that a mistake in one does not hide
//! those in the next.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;

use super::symbol::SYNONYMS;
use crate::{sink::Sink, suggest};

/// One entry of an attribute.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) key: Ident,
    pub(crate) form: Form,
}

/// What follows the key.
#[derive(Debug)]
pub(crate) enum Form {
    /// Nothing.
    Word,
    /// `= value`, with the span of the equals sign for values that are missing.
    Value(Span, TokenStream),
    /// `(..)`, with the span of the parentheses.
    List(Span, TokenStream),
}

impl Entry {
    pub(crate) fn is(&self, key: &str) -> bool {
        self.key == key
    }

    /// Reports the entry as one that was there before.
    pub(crate) fn repeated(&self, sink: &mut Sink) {
        let message = format!("`{}` is given more than once", self.key);
        sink.at_with_help(self.key.span(), message, "remove all but one");
    }

    /// Reports the entry as one that does not belong where it stands.
    pub(crate) fn unknown(&self, known: &[&str], place: &str, sink: &mut Sink) {
        let key = self.key.to_string();
        let synonym = SYNONYMS.iter().find(|(word, _)| *word == key).map(|(_, known)| *known);
        let meant = synonym
            .filter(|synonym| known.contains(synonym))
            .or_else(|| suggest::nearest(&key, known.iter().copied()));
        let help = match meant {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("known here: {}", listed(known)),
        };
        sink.at_with_help(self.key.span(), format!("{place} has no attribute `{key}`"), help);
    }
}

/// Names in backticks, joined by commas.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// Reads `#[path(entries)]`.
pub(crate) fn of_attribute(attribute: &syn::Attribute, sink: &mut Sink) -> Vec<Entry> {
    match &attribute.meta {
        // `#[asymmetric]` without parentheses says nothing.
        syn::Meta::Path(_) => Vec::new(),
        syn::Meta::List(list) => parse(list.tokens.clone(), sink),
        syn::Meta::NameValue(pair) => {
            let path = pair.path.to_token_stream();
            sink.on_with_help(
                pair,
                format!("`{path}` takes its keys in parentheses"),
                format!("write `#[{path}(key = value)]`"),
            );
            Vec::new()
        }
    }
}

/// Reads entries, reporting those that are none, and those whose key was there before.
pub(crate) fn parse(tokens: TokenStream, sink: &mut Sink) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for tokens in split_at_commas(tokens) {
        let Some(entry) = parse_one(tokens, sink) else { continue };
        if entries.iter().any(|earlier| earlier.key == entry.key) {
            entry.repeated(sink);
        } else {
            entries.push(entry);
        }
    }
    entries
}

fn split_at_commas(tokens: TokenStream) -> Vec<Vec<TokenTree>> {
    let mut parts = vec![Vec::new()];
    for token in tokens {
        if matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ',') {
            parts.push(Vec::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(token);
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

fn parse_one(tokens: Vec<TokenTree>, sink: &mut Sink) -> Option<Entry> {
    let mut tokens = tokens.into_iter();
    let key = match tokens.next()? {
        TokenTree::Ident(key) => key,
        other => {
            sink.at_with_help(
                other.span(),
                format!("expected a key, found `{other}`"),
                "entries are `key`, `key = value` or `key(..)`, separated by commas",
            );
            return None;
        }
    };
    let form = match tokens.next() {
        None => Form::Word,
        Some(TokenTree::Punct(punct)) if punct.as_char() == '=' => {
            return Some(Entry { key, form: Form::Value(punct.span(), tokens.collect()) });
        }
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
            Form::List(group.span(), group.stream())
        }
        Some(other) => {
            unexpected(&key, &other, sink);
            return None;
        }
    };
    if let Some(other) = tokens.next() {
        unexpected(&key, &other, sink);
        return None;
    }
    Some(Entry { key, form })
}

fn unexpected(key: &Ident, found: &TokenTree, sink: &mut Sink) {
    let found_text = found.to_string();
    if matches!(found, TokenTree::Punct(punct) if punct.as_char() == ':') {
        let message = format!("expected `=` after `{key}`, found `:`");
        sink.at_with_help(found.span(), message, format!("write `{key} = ..`"));
        return;
    }
    let message = match found {
        TokenTree::Ident(_) | TokenTree::Literal(_) => {
            format!("expected `,` or `=` after `{key}`, found `{found_text}`")
        }
        _ => format!("expected `,`, `=` or `(` after `{key}`, found `{found_text}`"),
    };
    sink.at(found.span(), message);
}
