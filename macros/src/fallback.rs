//! Stub implementations for items in which something was refused.
//!
//! Without them, every use of the item would be reported as well: one mistake, twenty errors.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt as _;

use crate::{
    crate_path,
    expand::refusal,
    input::{Input, Kind},
};

/// The implementations of a class without properties.
pub(crate) fn class(input: &Input) -> TokenStream {
    let p = &crate_path::private(input.attributes.krate.as_ref());
    let ident = input.ident();
    let title = ident.unraw().to_string();
    let (parameters, arguments, conditions) = input.item.generics.split_for_impl();
    let (object, schema, encode) = match input.kind {
        Kind::Asymmetric => {
            (quote!(AsymmetricObject), quote!(ObjectSchema), quote!(encode_properties))
        }
        Kind::Embedded => (quote!(EmbeddedObject), quote!(EmbeddedSchema), quote!(encode)),
    };
    let property = match input.kind {
        Kind::Asymmetric => refusal(p, ident, &input.item.generics),
        Kind::Embedded => quote! {
            #[automatically_derived]
            impl #parameters #p::Property for #ident #arguments #conditions {
                const TYPE: #p::PropertyType = #p::PropertyType::Mixed;
                const ELEMENT_TYPE: #p::u8 = #p::DOCUMENT;
                fn encode(&self, _: &mut #p::Vec<#p::u8>) -> #p::Result<(), #p::InvalidValue> {
                    #p::Result::Ok(())
                }
            }
            #[automatically_derived]
            impl #parameters #p::ListElement for #ident #arguments #conditions {}
        },
    };
    quote! {
        #[automatically_derived]
        impl #parameters #p::#object for #ident #arguments #conditions {
            const PROPERTIES: &'static [#p::PropertySchema] = &[];
            const SCHEMA: #p::#schema = #p::#schema::new(#title, &[]);
            fn #encode(&self, _: &mut #p::Vec<#p::u8>) -> #p::Result<(), #p::InvalidValue> {
                #p::Result::Ok(())
            }
        }
        #property
    }
}
