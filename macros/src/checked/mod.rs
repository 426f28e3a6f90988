//! A class that nothing is wrong with, as far as its own declaration tells.
//!
//! The only way to one is [`Class::check`], which reports every mistake it finds.

mod constraints;
mod primary_key;
mod time_series;

use proc_macro2::TokenTree;
use syn::{Attribute, Expr, ExprLit, Ident, Lit, Meta, Type, ext::IdentExt as _};

use crate::{
    attr::{Keyed, Spanned, class::Granularity, field::DefaultValue},
    input::{Field, Input, Kind},
    names,
    sink::Sink,
    types,
};

pub(crate) use constraints::{Constraint, Rule};

/// A class to be emitted.
pub(crate) struct Class {
    pub(crate) kind: Kind,
    pub(crate) krate: Option<syn::Path>,
    pub(crate) ident: Ident,
    pub(crate) generics: syn::Generics,
    /// Whether a derive of the user's implements `schemars::JsonSchema`.
    pub(crate) derives_json_schema: bool,
    pub(crate) title: String,
    pub(crate) description: Option<String>,
    pub(crate) data_source: Option<String>,
    pub(crate) database: Option<String>,
    pub(crate) collection: Option<String>,
    pub(crate) time_series: Option<TimeSeries>,
    /// The primary key first, the others in the order of declaration.
    pub(crate) properties: Vec<Property>,
}

/// The options of a time series, in persisted names.
pub(crate) struct TimeSeries {
    pub(crate) time: String,
    pub(crate) meta: Option<String>,
    pub(crate) granularity: Option<Granularity>,
}

/// A field that is stored.
pub(crate) struct Property {
    pub(crate) field: Ident,
    pub(crate) ty: Type,
    pub(crate) cfg: Vec<Attribute>,
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) description: Option<String>,
    pub(crate) constraints: Vec<Constraint>,
    pub(crate) default: Option<Keyed<DefaultValue>>,
}

/// What a property is for, which its type must allow.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Plain,
    PrimaryKey,
    Time,
}

impl Class {
    /// Checks the input; `None` if anything was reported, by this stage or one before it.
    pub(crate) fn check(input: &Input, sink: &mut Sink) -> Option<Self> {
        let Input { kind, item, attributes, fields } = input;
        let title = attributes.title.as_ref().map_or_else(
            || Spanned { span: item.ident.span(), value: item.ident.unraw().to_string() },
            |title| title.value.clone(),
        );
        names::check_title(&title, sink);
        let place = |name: &Option<Keyed<Spanned<String>>>,
                     check: fn(&Spanned<String>, &mut Sink),
                     sink: &mut Sink| {
            let name = name.as_ref().map(|name| &name.value);
            name.inspect(|name| check(name, sink)).map(|name| name.value.clone())
        };
        let data_source = place(&attributes.data_source, names::check_data_source, sink);
        let database = place(&attributes.database, names::check_database, sink);
        let collection = place(&attributes.collection, names::check_collection, sink);

        if *kind == Kind::Asymmetric {
            primary_key::check(input, sink);
        } else {
            primary_key::refuse(fields, sink);
        }
        let time_series = time_series::check(input, sink);
        let names: Vec<Spanned<String>> =
            fields.iter().map(|field| persisted_name(input, field)).collect();
        check_names(fields, &names, sink);
        check_defaults(fields, sink);
        let mut properties: Vec<Property> = fields
            .iter()
            .zip(names)
            .filter(|(field, _)| field.attributes.skip.is_none())
            .map(|(field, name)| property(input, field, name.value, sink))
            .collect();
        properties.sort_by_key(|property| property.role != Role::PrimaryKey);
        (sink.count() == 0).then(|| Self {
            kind: *kind,
            krate: attributes.krate.clone(),
            ident: item.ident.clone(),
            generics: item.generics.clone(),
            derives_json_schema: derives(&item.attrs, "JsonSchema"),
            title: title.value,
            description: attributes.description.clone(),
            data_source,
            database,
            collection,
            time_series,
            properties,
        })
    }
}

/// Whether the item derives a trait of this name, by whatever path.
fn derives(attributes: &[Attribute], name: &str) -> bool {
    let named = |token| matches!(token, TokenTree::Ident(word) if word == name);
    attributes.iter().filter(|attribute| attribute.path().is_ident("derive")).any(|attribute| {
        let Meta::List(list) = &attribute.meta else { return false };
        list.tokens.clone().into_iter().any(named)
    })
}

/// The name that a field is stored under.
fn persisted_name(input: &Input, field: &Field) -> Spanned<String> {
    let span = field.name.span();
    if field.attributes.primary_key.is_some() {
        return Spanned { span, value: names::PRIMARY_KEY_NAME.to_owned() };
    }
    if let Some(rename) = &field.attributes.rename {
        return rename.value.clone();
    }
    let name = field.name.unraw().to_string();
    let value =
        input.attributes.rename_all.map_or_else(|| name.clone(), |case| case.of_field(&name));
    Spanned { span, value }
}

fn check_names(fields: &[Field], names: &[Spanned<String>], sink: &mut Sink) {
    let stored: Vec<(&Field, &Spanned<String>)> =
        fields.iter().zip(names).filter(|(field, _)| field.attributes.skip.is_none()).collect();
    for (position, (field, name)) in stored.iter().enumerate() {
        if field.attributes.primary_key.is_some() {
            continue;
        }
        if !names::check_property(name, sink) {
            continue;
        }
        // Under `#[cfg]`, at most one of two fields of a name may be there.
        let earlier = stored.iter().take(position).find(|(earlier, earlier_name)| {
            earlier_name.value == name.value && earlier.cfg.is_empty() && field.cfg.is_empty()
        });
        if let Some((earlier, _)) = earlier {
            sink.at_with_help(
                name.span,
                format!("the name `{}` is taken by the field `{}`", name.value, earlier.name),
                "give one of them another name: `#[asymmetric(rename = \"..\")]`",
            );
        }
    }
}

/// A default is for properties that a document can lack.
fn check_defaults(fields: &[Field], sink: &mut Sink) {
    for field in fields {
        let Some(default) = &field.attributes.default else { continue };
        let (message, help) = if field.attributes.primary_key.is_some() {
            (
                "a primary key has no default: every object has its own",
                "remove `default`, and give each object a key when it is created",
            )
        } else if field.attributes.skip.is_some() {
            (
                "`skip` and `default` exclude each other",
                "a default is part of the schema, where a skipped field has no place: remove one",
            )
        } else {
            check_default_pattern(field, default, sink);
            continue;
        };
        sink.at_with_help(default.key, message, help);
    }
}

/// The compiler compares a default with all rules but a pattern, which it cannot match.
fn check_default_pattern(field: &Field, default: &Keyed<DefaultValue>, sink: &mut Sink) {
    let Some(pattern) = &field.attributes.constraints.pattern else { return };
    let text = match &default.value {
        DefaultValue::Own => String::new(),
        DefaultValue::Stated(Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) => text.value(),
        DefaultValue::Stated(_) => {
            sink.at_with_help(
                default.key,
                "a default beside `pattern` is a literal, or it could not be checked",
                "write the string itself: `default = \"..\"`",
            );
            return;
        }
    };
    // A pattern that does not compile is reported as such.
    if regex_lite::Regex::new(&pattern.value.value).is_ok_and(|regex| !regex.is_match(&text)) {
        sink.at_with_help(
            default.key,
            format!("the default {text:?} does not match the `pattern` of its field"),
            "change one of them",
        );
    }
}

fn property(input: &Input, field: &Field, name: String, sink: &mut Sink) -> Property {
    types::check(&field.ty, input.ident(), sink);
    let times = input.attributes.time_series.as_ref();
    let role = if field.attributes.primary_key.is_some() {
        Role::PrimaryKey
    } else if times.is_some_and(|times| times.time == field.name) {
        Role::Time
    } else {
        Role::Plain
    };
    Property {
        field: field.name.clone(),
        ty: field.ty.clone(),
        cfg: field.cfg.clone(),
        name,
        role,
        description: field.attributes.description.clone(),
        constraints: constraints::check(&field.attributes.constraints, sink),
        default: field.attributes.default.clone(),
    }
}
