//! The options of a time series name fields that exist, are stored, and differ.

use syn::Ident;

use super::{TimeSeries, persisted_name};
use crate::{
    input::{Field, Input},
    sink::Sink,
    suggest, types,
};

/// Checks `time_series(..)`, and turns names of fields into persisted names.
pub(super) fn check(input: &Input, sink: &mut Sink) -> Option<TimeSeries> {
    let stated = input.attributes.time_series.as_ref()?;
    let time = find(input, &stated.time, sink);
    let meta = stated.meta.as_ref().and_then(|meta| find(input, meta, sink));
    if let Some(time) = time.filter(|time| types::is_option(&time.ty)) {
        sink.on_with_help(
            &time.ty,
            "the time of a time series cannot be absent",
            "remove the `Option`",
        );
    }
    if stated.meta.as_ref().is_some_and(|meta| *meta == stated.time) {
        sink.at_with_help(
            stated.meta.as_ref().unwrap_or(&stated.time).span(),
            "`meta` cannot be the time itself",
            "name the field that tells one source of measurements from another, or remove `meta`",
        );
    }
    Some(TimeSeries {
        time: persisted_name(input, time?).value,
        meta: meta.map(|meta| persisted_name(input, meta).value),
        granularity: stated.granularity,
    })
}

fn find<'a>(input: &'a Input, name: &Ident, sink: &mut Sink) -> Option<&'a Field> {
    let Some(field) = input.fields.iter().find(|field| field.name == *name) else {
        let names: Vec<String> = input.fields.iter().map(|field| field.name.to_string()).collect();
        let known = names.iter().map(String::as_str);
        let help = match suggest::nearest(&name.to_string(), known) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "write the name of a field as it is in Rust".to_owned(),
        };
        let message = format!("`{}` has no field `{name}`", input.ident());
        sink.at_with_help(name.span(), message, help);
        return None;
    };
    if field.attributes.primary_key.is_some() {
        sink.at_with_help(
            name.span(),
            "the primary key is neither the time nor the source of a measurement",
            "name another field",
        );
    }
    if field.attributes.skip.is_some() {
        sink.at_with_help(
            name.span(),
            format!("`{name}` is not stored"),
            "name another field, or remove its `skip`",
        );
    }
    Some(field)
}
