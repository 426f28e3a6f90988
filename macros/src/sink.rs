//! The errors of one item, all of them.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// Collects errors so that parsing and checking go on after the first.
///
/// Dropping it without asking for the errors is a bug in a macro, and panics.
pub(crate) struct Sink {
    errors: Option<Vec<syn::Error>>,
}

impl Sink {
    pub(crate) fn new() -> Self {
        Self { errors: Some(Vec::new()) }
    }

    /// Reports what is wrong at `span`.
    pub(crate) fn at(&mut self, span: Span, message: impl Display) {
        self.push(syn::Error::new(span, message));
    }

    /// Reports what is wrong at `span`, and what to write instead.
    pub(crate) fn at_with_help(&mut self, span: Span, message: impl Display, help: impl Display) {
        self.at(span, with_help(message, help));
    }

    /// Reports what is wrong with these tokens, and what to write instead.
    pub(crate) fn on_with_help(
        &mut self,
        tokens: impl ToTokens,
        message: impl Display,
        help: impl Display,
    ) {
        self.push(syn::Error::new_spanned(tokens, with_help(message, help)));
    }

    /// Reports an error of the parser.
    pub(crate) fn push(&mut self, error: syn::Error) {
        if let Some(errors) = &mut self.errors {
            errors.push(error);
        }
    }

    /// How many errors there are so far.
    pub(crate) fn count(&self) -> usize {
        self.errors.as_ref().map_or(0, Vec::len)
    }

    /// The errors as tokens that report them, if there are any.
    pub(crate) fn finish(mut self) -> Option<TokenStream> {
        let errors = self.errors.take().unwrap_or_default();
        let errors: TokenStream = errors.iter().map(syn::Error::to_compile_error).collect();
        if errors.is_empty() { None } else { Some(errors) }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        assert!(
            self.errors.is_none() || std::thread::panicking(),
            "the errors of an item were thrown away"
        );
    }
}

/// The compiler indents the lines after the first so that this looks like one of its own helps.
fn with_help(message: impl Display, help: impl Display) -> String {
    format!("{message}\n= help: {help}")
}
