//! `#[derive(Property)]`: a newtype is stored as what it wraps.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Data, DeriveInput, Fields, Ident, spanned::Spanned as _};

use super::{entries, krate, parse, refuse_parameters, wrong_item};
use crate::{attr::symbol::CRATE, crate_path, sink::Sink, types};

const DERIVE: &str = "#[derive(Property)]";

/// A struct with one field.
struct Newtype {
    krate: Option<syn::Path>,
    item: DeriveInput,
    /// How to get at the field: its name, or 0.
    member: syn::Member,
    ty: syn::Type,
}

/// Expands the derive.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let mut sink = Sink::new();
    let newtype = parse(input, &mut sink).and_then(|item| Newtype::check(item, &mut sink));
    match (newtype, sink.finish()) {
        (Some(newtype), None) => newtype.expand(),
        (_, errors) => errors.unwrap_or_default(),
    }
}

impl Newtype {
    fn check(item: DeriveInput, sink: &mut Sink) -> Option<Self> {
        refuse_parameters(DERIVE, &item.generics, sink);
        let mut path = None;
        for entry in entries(&item.attrs, sink) {
            if entry.is(CRATE) {
                path = krate(&entry, sink);
            } else {
                entry.unknown(&[CRATE], &format!("`{DERIVE}`"), sink);
            }
        }
        let (member, ty) = the_field(&item, sink)?;
        types::check(&ty, &item.ident, sink);
        Some(Self { krate: path, item, member, ty })
    }

    /// Emits one implementation for each thing that a property can do:
    ///
    /// - `Property` has no condition: a wrapped type that is none is reported at the field;
    /// - the others hold if they hold for the wrapped type. The conditions name a lifetime because
    ///   those without any parameter must hold where they stand.
    fn expand(&self) -> TokenStream {
        let Self { krate, item, member, ty } = self;
        let p = &crate_path::private(krate.as_ref());
        let ident = &item.ident;
        let (parameters, arguments, conditions) = item.generics.split_for_impl();
        let predicates: Vec<_> =
            conditions.iter().flat_map(|conditions| &conditions.predicates).collect();
        let forward = |name: &str, body: TokenStream| {
            let name = Ident::new(name, Span::call_site());
            quote! {
                #[automatically_derived]
                impl #parameters #p::#name for #ident #arguments
                where for<'__asymmetric> #ty: #p::#name, #(#predicates),*
                {
                    #body
                }
            }
        };
        let marks = ["ListElement", "SetElement", "PrimaryKey", "DateProperty", "Fractional"]
            .map(|name| forward(name, TokenStream::new()));
        let number = quote! {
            const WHOLE: #p::bool = <#ty as #p::Number>::WHOLE;
            fn number(&self) -> #p::Option<#p::Numeral> {
                <#ty as #p::Number>::number(&self.#member)
            }
        };
        let number = forward("Number", number);
        let text = quote! {
            fn text(&self) -> #p::Option<&#p::str> {
                <#ty as #p::Text>::text(&self.#member)
            }
        };
        let text = forward("Text", text);
        let key = quote! {
            fn as_key(&self) -> &#p::str {
                <#ty as #p::MapKey>::as_key(&self.#member)
            }
        };
        let key = forward("MapKey", key);
        let items = quote! {
            fn item_count(&self) -> #p::Option<#p::usize> {
                <#ty as #p::Items>::item_count(&self.#member)
            }
        };
        let items = forward("Items", items);
        let constant = quote! {
            type Constant = <#ty as #p::Defaultable>::Constant;
            const ZERO: #p::DefaultValue = <#ty as #p::Defaultable>::ZERO;
        };
        let defaultable = forward("Defaultable", constant);
        quote! {
            #[automatically_derived]
            impl #parameters #p::Property for #ident #arguments #conditions {
                const TYPE: #p::PropertyType = <#ty as #p::Property>::TYPE;
                const ELEMENT_TYPE: #p::u8 = <#ty as #p::Property>::ELEMENT_TYPE;
                const OPTIONAL: #p::bool = <#ty as #p::Property>::OPTIONAL;
                const TWICE_OPTIONAL: #p::bool = <#ty as #p::Property>::TWICE_OPTIONAL;
                const ITEM_TYPE: #p::PropertyType = <#ty as #p::Property>::ITEM_TYPE;
                const ALLOWED: &'static [#p::Shared<#p::str>] = <#ty as #p::Property>::ALLOWED;
                fn encode(&self, out: &mut #p::Vec<#p::u8>) -> #p::Result<(), #p::InvalidValue> {
                    <#ty as #p::Property>::encode(&self.#member, out)
                }
                fn encode_element(
                    &self,
                    header: &[#p::u8],
                    out: &mut #p::Vec<#p::u8>,
                ) -> #p::Result<(), #p::InvalidValue> {
                    <#ty as #p::Property>::encode_element(&self.#member, header, out)
                }
                fn encode_item(
                    &self,
                    header: &[#p::u8],
                    out: &mut #p::Vec<#p::u8>,
                ) -> #p::Result<(), #p::InvalidValue> {
                    <#ty as #p::Property>::encode_item(&self.#member, header, out)
                }
            }
            #(#marks)*
            #number
            #text
            #key
            #items
            #defaultable
            #p::json_schema! { property #ident [#parameters] [#ident #arguments] [#conditions] }
        }
    }
}

/// The field of a struct that has just one.
fn the_field(item: &DeriveInput, sink: &mut Sink) -> Option<(syn::Member, syn::Type)> {
    let help = "write `struct Celsius(f64);`";
    let Data::Struct(data) = &item.data else {
        let help = match &item.data {
            Data::Enum(_) => "for an enum without fields, `#[derive(PropertyEnum)]`",
            _ => help,
        };
        wrong_item(item.ident.span(), DERIVE, "structs with one field", help, sink);
        return None;
    };
    if let (Some(field), 1) = (data.fields.iter().next(), data.fields.len()) {
        let member = data.fields.members().next()?;
        return Some((member, field.ty.clone()));
    }
    let (span, help) = match &data.fields {
        Fields::Named(_) => (data.fields.span(), "for a struct of properties, `#[embedded]`"),
        Fields::Unnamed(_) => (data.fields.span(), "name the fields and put `#[embedded]` on it"),
        Fields::Unit => (item.ident.span(), help),
    };
    wrong_item(span, DERIVE, "structs with one field", help, sink);
    None
}
