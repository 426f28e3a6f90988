//! The encoder of a class.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote;

use super::schema::{asked_by, bound};
use crate::{
    checked::{Class, Property, Rule},
    input::Kind,
};

/// The locals of an encoder, which no identifier of the user can meet.
struct Locals {
    out: Ident,
    start: Ident,
}

/// Emits the function that appends the document of an object:
///
/// - the document's length is left open and patched at the end;
/// - before a property is written, its constraints are checked;
/// - type byte, name and NUL of each property are one constant, written at once;
/// - an error names the property and leaves at once.
pub(super) fn encode(p: &TokenStream, class: &Class) -> TokenStream {
    let locals = Locals {
        out: Ident::new("__asymmetric_out", Span::mixed_site()),
        start: Ident::new("__asymmetric_start", Span::mixed_site()),
    };
    let Locals { out, start } = &locals;
    let properties = class.properties.iter().map(|property| self::property(p, &locals, property));
    let function = match class.kind {
        Kind::Asymmetric => quote!(encode_properties),
        Kind::Embedded => quote!(encode),
    };
    quote! {
        fn #function(&self, #out: &mut #p::Vec<#p::u8>) -> #p::Result<(), #p::InvalidValue> {
            let #start = #p::begin(#out);
            #(#properties)*
            #p::finish(#start, #out)
        }
    }
}

fn property(p: &TokenStream, locals: &Locals, property: &Property) -> TokenStream {
    let Property { field, ty, cfg, name, constraints, .. } = property;
    let out = &locals.out;
    // The type byte goes where the first byte is.
    let template = [&[0], name.as_bytes(), &[0]].concat();
    let template = Literal::byte_string(&template);
    let checks = constraints.iter().map(|constraint| {
        let asked = asked_by(constraint.key, ty);
        check(p, field, &asked, &constraint.rule)
    });
    let checks = checks.map(|check| quote!(#p::at(#check, #name)?;));
    quote! {
        #(#cfg)*
        {
            #(#checks)*
            #p::at(
                <#ty as #p::Property>::encode_element(
                    &self.#field,
                    const { &#p::header(<#ty as #p::Property>::ELEMENT_TYPE, *#template) },
                    #out,
                ),
                #name,
            )?;
        }
    }
}

fn check(p: &TokenStream, field: &Ident, asked: &TokenStream, rule: &Rule) -> TokenStream {
    let number = quote!(<#asked as #p::Number>::number(&self.#field));
    let text = quote!(<#asked as #p::Text>::text(&self.#field));
    let items = quote!(<#asked as #p::Items>::item_count(&self.#field));
    match rule {
        Rule::Minimum { bound: stated, exclusive } => {
            let bound = bound(p, asked, stated);
            quote!(#p::minimum(#number, const { #bound }, #exclusive))
        }
        Rule::Maximum { bound: stated, exclusive } => {
            let bound = bound(p, asked, stated);
            quote!(#p::maximum(#number, const { #bound }, #exclusive))
        }
        Rule::MinLength(count) => quote!(#p::min_length(#text, #count)),
        Rule::MaxLength(count) => quote!(#p::max_length(#text, #count)),
        Rule::Pattern(pattern) => quote!({
            static __ASYMMETRIC_PATTERN: #p::Pattern = #p::Pattern::new(#pattern);
            __ASYMMETRIC_PATTERN.check(#text)
        }),
        Rule::MinItems(count) => quote!(#p::min_items(#items, #count)),
        Rule::MaxItems(count) => quote!(#p::max_items(#items, #count)),
    }
}
