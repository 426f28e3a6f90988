//! The implementations of a class.

use proc_macro2::TokenStream;
use quote::quote;

use super::{encoder, schema};
use crate::{checked::Class, crate_path, input::Kind};

/// Emits what makes a struct a class.
pub(super) fn expand(class: &Class) -> TokenStream {
    let p = &crate_path::private(class.krate.as_ref());
    match class.kind {
        Kind::Asymmetric => asymmetric(p, class),
        Kind::Embedded => embedded(p, class),
    }
}

/// - the class itself: properties, schema, encoder;
/// - the refusal to be part of another object;
/// - its JSON Schema.
fn asymmetric(p: &TokenStream, class: &Class) -> TokenStream {
    let Class { ident, generics, .. } = class;
    let (parameters, arguments, conditions) = generics.split_for_impl();
    let properties = schema::properties(p, class);
    let schema = schema::schema(p, class);
    let encode = encoder::encode(p, class);
    let refusal = refusal(p, ident, generics);
    let defaults = schema::stated_defaults(p, class);
    let json_schema = json_schema(p, class);
    quote! {
        #[automatically_derived]
        impl #parameters #p::AsymmetricObject for #ident #arguments #conditions {
            #properties
            #schema
            #encode
        }
        #defaults
        #refusal
        #json_schema
    }
}

/// Implements `Property` under a condition that never holds, so that the compiler explains the
/// refusal wherever the class is used as part of another object. The condition names a lifetime
/// because conditions without any parameter must hold where they stand.
pub(crate) fn refusal(
    p: &TokenStream,
    ident: &syn::Ident,
    generics: &syn::Generics,
) -> TokenStream {
    let (parameters, arguments, conditions) = generics.split_for_impl();
    let own = conditions.iter().flat_map(|conditions| &conditions.predicates);
    let condition = quote! {
        where
            for<'__asymmetric> #p::AnotherObject<'__asymmetric>: #p::MayHold<#ident #arguments>,
            #(#own),*
    };
    quote! {
        #[doc(hidden)]
        #[automatically_derived]
        impl #parameters #p::Property for #ident #arguments #condition {
            const TYPE: #p::PropertyType = #p::PropertyType::Mixed;
            const ELEMENT_TYPE: #p::u8 = 0;
            fn encode(&self, _: &mut #p::Vec<#p::u8>) -> #p::Result<(), #p::InvalidValue> {
                #p::Result::Ok(())
            }
        }
        #[doc(hidden)]
        #[automatically_derived]
        impl #parameters #p::ListElement for #ident #arguments #condition {}
        #[doc(hidden)]
        #[automatically_derived]
        impl #parameters #p::SetElement for #ident #arguments #condition {}
    }
}

/// - the class itself: properties, schema, encoder;
/// - a property of that type, and an element of lists and maps, but not of sets;
/// - its JSON Schema.
fn embedded(p: &TokenStream, class: &Class) -> TokenStream {
    let Class { ident, generics, .. } = class;
    let (parameters, arguments, conditions) = generics.split_for_impl();
    let properties = schema::properties(p, class);
    let schema = schema::schema(p, class);
    let encode = encoder::encode(p, class);
    let defaults = schema::stated_defaults(p, class);
    let json_schema = json_schema(p, class);
    quote! {
        #[automatically_derived]
        impl #parameters #p::EmbeddedObject for #ident #arguments #conditions {
            #properties
            #schema
            #encode
        }
        #defaults
        #[automatically_derived]
        impl #parameters #p::Property for #ident #arguments #conditions {
            const TYPE: #p::PropertyType = #p::PropertyType::Embedded(
                #p::Shared::Static(&<Self as #p::EmbeddedObject>::SCHEMA),
            );
            const ELEMENT_TYPE: #p::u8 = #p::DOCUMENT;
            fn encode(&self, out: &mut #p::Vec<#p::u8>) -> #p::Result<(), #p::InvalidValue> {
                <Self as #p::EmbeddedObject>::encode(self, out)
            }
        }
        #[automatically_derived]
        impl #parameters #p::ListElement for #ident #arguments #conditions {}
        #json_schema
    }
}

/// Calls the macro that implements `schemars::JsonSchema` where the feature of that name is on.
/// Nothing for a class whose own derive, which stands below our attribute, implements it.
fn json_schema(p: &TokenStream, class: &Class) -> Option<TokenStream> {
    let Class { ident, generics, .. } = class;
    let (parameters, arguments, conditions) = generics.split_for_impl();
    let object = match class.kind {
        Kind::Asymmetric => quote!(AsymmetricObject),
        Kind::Embedded => quote!(EmbeddedObject),
    };
    (!class.derives_json_schema).then(|| {
        quote!(#p::json_schema! { class #object [#parameters] [#ident #arguments] [#conditions] })
    })
}
