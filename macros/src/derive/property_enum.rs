//! `#[derive(PropertyEnum)]`: an enum without fields is stored as a string.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens as _, quote};
use syn::{Data, DeriveInput, Fields, ext::IdentExt as _};

use super::{entries, krate, parse, refuse_parameters, wrong_item};
use crate::{
    attr::{
        Spanned, entry,
        symbol::{ASYMMETRIC, CRATE, PROPERTY, RENAME, RENAME_ALL},
    },
    case::Case,
    crate_path,
    sink::Sink,
};

const DERIVE: &str = "#[derive(PropertyEnum)]";
const WHAT: &str = "enums without fields";

/// An enum whose variants are strings.
struct Enumeration {
    krate: Option<syn::Path>,
    ident: Ident,
    variants: Vec<(Ident, String)>,
}

/// Expands the derive.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let mut sink = Sink::new();
    let item = parse(input, &mut sink);
    let checked = item.as_ref().and_then(|item| Enumeration::check(item, &mut sink));
    match (checked, sink.finish(), item) {
        (Some(checked), None, _) => checked.expand(),
        (_, errors, Some(item)) => {
            // Stands in, so that classes with properties of this type are not reported too.
            let stub = Enumeration { krate: None, ident: item.ident, variants: Vec::new() };
            let stub = item.generics.params.is_empty().then(|| stub.expand());
            quote!(#errors #stub)
        }
        (_, errors, None) => errors.unwrap_or_default(),
    }
}

impl Enumeration {
    fn check(item: &DeriveInput, sink: &mut Sink) -> Option<Self> {
        refuse_parameters(DERIVE, &item.generics, sink);
        let (mut path, mut case) = (None, None);
        for entry in entries(&item.attrs, sink) {
            if entry.is(CRATE) {
                path = krate(&entry, sink);
            } else if entry.is(RENAME_ALL) {
                case = entry.case(sink);
            } else {
                entry.unknown(&[RENAME_ALL, CRATE], "the enum", sink);
            }
        }
        let Data::Enum(data) = &item.data else {
            let help = "to store a wrapper as what it wraps, `#[derive(Property)]`";
            wrong_item(item.ident.span(), DERIVE, WHAT, help, sink);
            return None;
        };
        if data.variants.is_empty() {
            let message = format!("`{}` has no variants: no value could be stored", item.ident);
            sink.at_with_help(item.ident.span(), message, "add a variant");
        }
        let mut variants: Vec<(Ident, Spanned<String>)> = Vec::new();
        for variant in &data.variants {
            let name = variant_name(variant, case, sink);
            if let Some((taken, _)) = variants.iter().find(|(_, other)| other.value == name.value) {
                sink.at_with_help(
                    name.span,
                    format!("\"{}\" is stored for `{taken}` already", name.value),
                    "give one of them another name: `#[property(rename = \"..\")]`",
                );
            }
            variants.push((variant.ident.clone(), name));
        }
        let variants = variants.into_iter().map(|(ident, name)| (ident, name.value)).collect();
        Some(Self { krate: path, ident: item.ident.clone(), variants })
    }

    /// - the property is a string, and the schema lists the strings;
    /// - what a string can do, the enum can do, other than being a key of maps, and the rules for
    ///   strings.
    fn expand(&self) -> TokenStream {
        let Self { krate, ident, variants } = self;
        let p = &crate_path::private(krate.as_ref());
        let names = variants.iter().map(|(_, name)| name);
        let arms = variants.iter().map(|(variant, name)| quote!(Self::#variant => #name));
        // A reference to an enum without variants cannot be matched exhaustively.
        let text = if variants.is_empty() { quote!("") } else { quote!(match self { #(#arms),* }) };
        quote! {
            #[automatically_derived]
            impl #p::Property for #ident {
                const TYPE: #p::PropertyType = #p::PropertyType::String;
                const ELEMENT_TYPE: #p::u8 = #p::STRING;
                const ALLOWED: &'static [#p::Shared<#p::str>] =
                    &[#(#p::Shared::Static(#names)),*];
                fn encode(&self, out: &mut #p::Vec<#p::u8>) -> #p::Result<(), #p::InvalidValue> {
                    #p::encode_text(#text, out)
                }
            }
            #[automatically_derived]
            impl #p::ListElement for #ident {}
            #[automatically_derived]
            impl #p::SetElement for #ident {}
            #[automatically_derived]
            impl #p::Defaultable for #ident {
                type Constant = &'static #p::str;
                const ZERO: #p::DefaultValue = #p::EMPTY_TEXT;
            }
            #p::json_schema! { property #ident [] [#ident] [] }
        }
    }
}

fn variant_name(variant: &syn::Variant, case: Option<Case>, sink: &mut Sink) -> Spanned<String> {
    if !matches!(variant.fields, Fields::Unit) {
        let help = "what a variant holds cannot be stored in a string: use an `#[embedded]` struct";
        let message = format!("`{}` has fields, but `{DERIVE}` is for {WHAT}", variant.ident);
        sink.on_with_help(&variant.fields, message, help);
    }
    for attribute in variant.attrs.iter().filter(|a| a.path().is_ident(ASYMMETRIC)) {
        sink.on_with_help(
            attribute,
            "variants take another attribute",
            format!("write `#[{PROPERTY}(rename = \"..\")]`"),
        );
    }
    let mut renamed = None;
    for attribute in variant.attrs.iter().filter(|a| a.path().is_ident(PROPERTY)) {
        for entry in entry::of_attribute(attribute, sink) {
            if entry.is(RENAME) {
                renamed = entry.string("on", sink).map(|name| name.value);
            } else {
                entry.unknown(&[RENAME], "a variant", sink);
            }
        }
    }
    for attribute in variant.attrs.iter().filter(|a| a.path().is_ident("cfg")) {
        sink.on_with_help(
            attribute.to_token_stream(),
            "a variant cannot depend on `#[cfg]`",
            "the schema lists all strings, in every configuration: remove the condition",
        );
    }
    renamed.unwrap_or_else(|| {
        let name = variant.ident.unraw();
        let text = name.to_string();
        let value = case.map_or_else(|| text.clone(), |case| case.of_variant(&text));
        Spanned { span: name.span(), value }
    })
}
