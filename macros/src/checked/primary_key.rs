//! An asymmetric class has exactly one primary key; an embedded class has none.

use crate::{
    attr::symbol::PRIMARY_KEY,
    input::{Field, Input},
    sink::Sink,
    types,
};

/// Reports what is wrong with the primary key of an asymmetric class.
pub(super) fn check(input: &Input, sink: &mut Sink) {
    let mut keys = input
        .fields
        .iter()
        .filter_map(|field| field.attributes.primary_key.map(|span| (field, span)));
    let Some((key, _)) = keys.next() else {
        missing(input, sink);
        return;
    };
    for (other, span) in keys {
        sink.at_with_help(
            span,
            format!("`{}` is the primary key already", key.name),
            format!("remove `{PRIMARY_KEY}` from `{}` or from `{}`", key.name, other.name),
        );
    }
    check_field(key, sink);
}

fn check_field(key: &Field, sink: &mut Sink) {
    if types::is_option(&key.ty) {
        sink.on_with_help(
            &key.ty,
            "a primary key cannot be absent",
            "remove the `Option`: `ObjectId::new()` makes a key that was never there before",
        );
    }
    if let Some(rename) = &key.attributes.rename {
        sink.at_with_help(
            rename.key,
            "a primary key is always persisted as `_id`",
            "remove `rename`: the field keeps its name in Rust",
        );
    }
    if let Some(skip) = key.attributes.skip {
        sink.at_with_help(skip, "a primary key cannot be skipped", "remove `skip`");
    }
    if let Some(cfg) = key.cfg.first() {
        sink.on_with_help(
            cfg,
            "a primary key cannot depend on `#[cfg]`",
            "every object has one, in every configuration: remove the condition",
        );
    }
}

fn missing(input: &Input, sink: &mut Sink) {
    // With no fields at all, something worse was reported before.
    if input.fields.is_empty() && sink.count() > 0 {
        return;
    }
    let ident = input.ident();
    let likely = ["_id", "id"];
    let candidate = input.fields.iter().find(|field| likely.iter().any(|name| field.name == name));
    match candidate {
        Some(field) => sink.at_with_help(
            field.name.span(),
            format!("`{ident}` does not say which field is its primary key"),
            format!("if it is this one, write `#[asymmetric({PRIMARY_KEY})]` above it"),
        ),
        None => sink.at_with_help(
            ident.span(),
            format!("`{ident}` has no primary key"),
            format!(
                "add a field: `#[asymmetric({PRIMARY_KEY})] id: ObjectId`; if it is a part of \
                 other objects, write `#[embedded]` instead"
            ),
        ),
    }
}

/// Reports primary keys of an embedded class.
pub(super) fn refuse(fields: &[Field], sink: &mut Sink) {
    for span in fields.iter().filter_map(|field| field.attributes.primary_key) {
        sink.at_with_help(
            span,
            "an embedded object has no primary key",
            format!("remove `{PRIMARY_KEY}`: the object that it lives in has one"),
        );
    }
}
