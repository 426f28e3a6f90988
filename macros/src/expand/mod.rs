//! Checked items as tokens.
//!
//! Generated code names everything by absolute paths below the hidden module of the runtime, so
//! that nothing the user declares or imports can change its meaning.

mod class;
mod encoder;
mod schema;

pub(crate) use class::refusal;
pub(crate) use schema::{first_span, placed_at};

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};

use crate::{
    checked::Class,
    fallback,
    input::{Input, Kind},
    sink::Sink,
};

/// Expands `#[asymmetric]` or `#[embedded]`: the item as it was written, then its implementations.
pub(crate) fn class(kind: Kind, attribute: TokenStream, item: &TokenStream) -> TokenStream {
    let mut sink = Sink::new();
    let Some(input) = Input::parse(kind, attribute, item, &mut sink) else {
        let errors = sink.finish();
        return quote!(#item #errors);
    };
    let class = Class::check(&input, &mut sink);
    let implementations = match (class, sink.finish()) {
        (Some(class), None) => class::expand(&class),
        (_, errors) => {
            let stub = fallback::class(&input);
            quote!(#errors #stub)
        }
    };
    let item = input.item.into_token_stream();
    quote!(#item #implementations)
}
