//! The item as it was written, apart from our attributes, which are taken out and read.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens as _;
use syn::{Attribute, Data, DeriveInput, Fields, Ident, Type, ext::IdentExt as _};

use crate::{
    attr::{
        ClassAttributes, FieldAttributes,
        symbol::{ASYMMETRIC, EMBEDDED},
    },
    sink::Sink,
};

/// Which attribute stands on the struct.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Asymmetric,
    Embedded,
}

impl Kind {
    /// The name of the attribute.
    pub(crate) const fn attribute(self) -> &'static str {
        match self {
            Self::Asymmetric => ASYMMETRIC,
            Self::Embedded => EMBEDDED,
        }
    }
}

/// A struct under `#[asymmetric]` or `#[embedded]`.
pub(crate) struct Input {
    pub(crate) kind: Kind,
    /// The item to be emitted: without our attributes, otherwise as written.
    pub(crate) item: DeriveInput,
    pub(crate) attributes: ClassAttributes,
    pub(crate) fields: Vec<Field>,
}

/// A named field.
pub(crate) struct Field {
    pub(crate) name: Ident,
    pub(crate) ty: Type,
    /// The `#[cfg]` attributes, which everything that names the field must repeat.
    pub(crate) cfg: Vec<Attribute>,
    pub(crate) attributes: FieldAttributes,
}

impl Input {
    /// Reads the item; `None` if it is none that could carry the attribute.
    pub(crate) fn parse(
        kind: Kind,
        attribute: TokenStream,
        item: &TokenStream,
        sink: &mut Sink,
    ) -> Option<Self> {
        let mut item = match syn::parse2::<DeriveInput>(item.clone()) {
            Ok(item) => item,
            Err(error) => {
                reject_item(kind, item, error, sink);
                return None;
            }
        };
        let attributes = ClassAttributes::parse(kind, attribute, &item.attrs, sink);
        refuse_second_attribute(kind, &mut item.attrs, sink);
        refuse_parameters(kind, &item.generics, sink);
        let fields = fields(kind, &mut item, sink);
        Some(Self { kind, item, attributes, fields })
    }

    /// The name of the struct without `r#`.
    pub(crate) fn ident(&self) -> &Ident {
        &self.item.ident
    }
}

/// Says that the item is of the wrong sort; a struct that does not parse keeps the parser's words.
fn reject_item(kind: Kind, item: &TokenStream, error: syn::Error, sink: &mut Sink) {
    let mut words = item.clone().into_iter().filter_map(|token| match token {
        proc_macro2::TokenTree::Ident(word) => Some(word),
        _ => None,
    });
    if words.any(|word| word == "struct" || word == "enum" || word == "union") {
        sink.push(error);
    } else {
        let attribute = kind.attribute();
        sink.at_with_help(
            Span::call_site(),
            format!("`#[{attribute}]` goes on a struct"),
            format!("write `#[{attribute}]` above `struct Name {{ .. }}`"),
        );
    }
}

/// A class has one kind, stated once.
fn refuse_second_attribute(kind: Kind, attributes: &mut Vec<Attribute>, sink: &mut Sink) {
    attributes.retain(|attribute| {
        let name = attribute.path().segments.last().map(|segment| segment.ident.to_string());
        let (message, help) = match name.as_deref() {
            Some(name) if name == kind.attribute() => (
                format!("`#[{name}]` is given more than once"),
                format!("merge them: `#[{name}(.., ..)]`"),
            ),
            Some(name @ (ASYMMETRIC | EMBEDDED)) => (
                format!("`#[{name}]` and `#[{}]` exclude each other", kind.attribute()),
                "an asymmetric object is sent by itself, an embedded object lives inside another: \
                 keep one"
                    .to_owned(),
            ),
            _ => return true,
        };
        sink.on_with_help(attribute, message, help);
        false
    });
}

/// Lifetimes are fine; a class that depends on a type has no one schema.
fn refuse_parameters(kind: Kind, generics: &syn::Generics, sink: &mut Sink) {
    for parameter in &generics.params {
        let (name, sort) = match parameter {
            syn::GenericParam::Lifetime(_) => continue,
            syn::GenericParam::Type(parameter) => (&parameter.ident, "type"),
            syn::GenericParam::Const(parameter) => (&parameter.ident, "const"),
        };
        sink.on_with_help(
            parameter,
            format!("a struct under `#[{}]` has no {sort} parameters", kind.attribute()),
            format!("a class has one schema: write a concrete type instead of `{name}`"),
        );
    }
}

fn fields(kind: Kind, item: &mut DeriveInput, sink: &mut Sink) -> Vec<Field> {
    let attribute = kind.attribute();
    let example = "struct Name { id: ObjectId, .. }";
    let (token, message, help) = match &mut item.data {
        Data::Struct(data) => match &mut data.fields {
            Fields::Named(fields) => {
                return fields.named.iter_mut().filter_map(|field| take(field, sink)).collect();
            }
            Fields::Unnamed(fields) => {
                for field in &mut fields.unnamed {
                    FieldAttributes::take(&mut field.attrs, &mut *sink);
                }
                (
                    fields.to_token_stream(),
                    format!("`#[{attribute}]` needs named fields: their names are stored"),
                    match kind {
                        Kind::Asymmetric => format!("write `{example}`"),
                        Kind::Embedded => "name the fields; or, to store a wrapper as what it \
                                           wraps, `#[derive(Property)]` instead"
                            .to_owned(),
                    },
                )
            }
            Fields::Unit => (
                item.ident.to_token_stream(),
                format!("`{}` has no fields to store", item.ident.unraw()),
                format!("write `{example}`"),
            ),
        },
        Data::Enum(data) => (
            data.enum_token.to_token_stream(),
            format!("`#[{attribute}]` goes on a struct, not on an enum"),
            "declare a struct; an enum without fields can be a property of it with \
             `#[derive(PropertyEnum)]`"
                .to_owned(),
        ),
        Data::Union(data) => (
            data.union_token.to_token_stream(),
            format!("`#[{attribute}]` goes on a struct, not on a union"),
            "declare a struct".to_owned(),
        ),
    };
    sink.on_with_help(token, message, help);
    Vec::new()
}

fn take(field: &mut syn::Field, sink: &mut Sink) -> Option<Field> {
    refuse_conditional_attributes(&mut field.attrs, sink);
    let attributes = FieldAttributes::take(&mut field.attrs, sink);
    let cfg = field.attrs.iter().filter(|a| a.path().is_ident("cfg")).cloned().collect();
    Some(Field { name: field.ident.clone()?, ty: field.ty.clone(), cfg, attributes })
}

/// The compiler resolves `cfg_attr` after attribute macros have run: we would not see what it
/// holds.
fn refuse_conditional_attributes(attributes: &mut Vec<Attribute>, sink: &mut Sink) {
    attributes.retain(|attribute| {
        let syn::Meta::List(list) = &attribute.meta else { return true };
        let ours =
            |token| matches!(token, proc_macro2::TokenTree::Ident(word) if word == ASYMMETRIC);
        if !list.path.is_ident("cfg_attr") || !list.tokens.clone().into_iter().any(ours) {
            return true;
        }
        sink.on_with_help(
            attribute,
            "`cfg_attr` cannot hold attributes of a property",
            "declare the field twice, each under its own `#[cfg(..)]`",
        );
        false
    });
}
