//! `realm_schema!`: a type that stands for a set of classes.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote};
use syn::{
    Attribute, Ident, Token, Type, Visibility, bracketed,
    parse::{Parse, ParseStream},
    punctuated::Punctuated,
};

use crate::{
    attr::{
        entry,
        symbol::{ASYMMETRIC, CRATE},
    },
    crate_path,
    expand::{first_span, placed_at},
    sink::Sink,
};

/// What a declaration looks like, for every message about one that does not.
const EXAMPLE: &str = "pub struct Telemetry = [WeatherSensor, ButtonPress];";

/// The declaration of a realm schema.
struct Realm {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    name: Ident,
    classes: Punctuated<Type, Token![,]>,
}

impl Parse for Realm {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        input.parse::<Token![struct]>()?;
        let name = input.parse()?;
        input.parse::<Token![=]>()?;
        let content;
        bracketed!(content in input);
        let classes = content.parse_terminated(Type::parse, Token![,])?;
        input.parse::<Token![;]>()?;
        Ok(Self { attributes, visibility, name, classes })
    }
}

/// Expands `realm_schema!`.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let mut sink = Sink::new();
    let empty = input.is_empty();
    let realm = match syn::parse2::<Realm>(input) {
        Ok(realm) => realm,
        Err(error) => {
            let span = if empty { Span::call_site() } else { error.span() };
            sink.at_with_help(span, error, format!("write `{EXAMPLE}`"));
            return sink.finish().unwrap_or_default();
        }
    };
    let Realm { mut attributes, visibility, name, classes } = realm;
    let krate = take_crate(&mut attributes, &mut sink);
    let classes = distinct(&name, classes, &mut sink);
    let errors = sink.finish();
    let p = &crate_path::private(krate.as_ref());

    let members = classes.iter().enumerate().map(|(index, class)| {
        // The condition, which may stand where it does not hold because it names a lifetime, keeps
        // a class that is none from being reported here too.
        quote! {
            #[automatically_derived]
            impl #p::MemberOf<#name> for #class
            where
                for<'__asymmetric> Self: #p::AsymmetricObject,
            {
                const INDEX: #p::usize = #index;
            }
        }
    });
    let checks = classes.iter().enumerate().skip(1).map(|(index, class)| {
        let check = quote!(const _: () = #p::assert_distinct(CLASSES, #index););
        placed_at(first_span(class), check)
    });
    quote! {
        #errors
        #(#attributes)*
        #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
        #visibility struct #name;
        #[automatically_derived]
        impl #p::Schema for #name {
            const REALM: #p::RealmSchema = {
                const CLASSES: &[#p::ObjectSchema] =
                    &[#(<#classes as #p::AsymmetricObject>::SCHEMA),*];
                #(#checks)*
                #p::RealmSchema::new(CLASSES)
            };
        }
        #(#members)*
    }
}

/// Takes `#[asymmetric(crate = ..)]` out of the attributes.
fn take_crate(attributes: &mut Vec<Attribute>, sink: &mut Sink) -> Option<syn::Path> {
    let mut krate = None;
    attributes.retain(|attribute| {
        if !attribute.path().is_ident(ASYMMETRIC) {
            return true;
        }
        for entry in entry::of_attribute(attribute, sink) {
            if entry.is(CRATE) {
                krate = entry.path("some::path::asymmetric", sink).map(|path| path.value);
            } else {
                entry.unknown(&[CRATE], "a realm schema", sink);
            }
        }
        false
    });
    krate
}

/// The classes without those that are listed again.
fn distinct(name: &Ident, classes: Punctuated<Type, Token![,]>, sink: &mut Sink) -> Vec<Type> {
    if classes.is_empty() {
        sink.at_with_help(
            name.span(),
            format!("the realm schema `{name}` lists no class: nothing could be written"),
            format!("write `{EXAMPLE}`"),
        );
    }
    let mut kept: Vec<(String, Type)> = Vec::new();
    for class in classes {
        let text = class.to_token_stream().to_string();
        if kept.iter().any(|(earlier, _)| *earlier == text) {
            let message = format!("`{}` is listed more than once", crate::types::text(&class));
            sink.on_with_help(&class, message, "remove all but one");
        } else {
            kept.push((text, class));
        }
    }
    kept.into_iter().map(|(_, class)| class).collect()
}
