//! The keys of `#[asymmetric(..)]` and `#[embedded(..)]` on a struct.

use proc_macro2::TokenStream;

use super::{
    Keyed, Spanned, description,
    entry::{self, Entry, Form},
    field,
    symbol::{
        COLLECTION, CRATE, DATA_SOURCE, DATABASE, DESCRIPTION, GRANULARITY, META, RENAME_ALL, TIME,
        TIME_SERIES, TITLE,
    },
};
use crate::{case::Case, input::Kind, sink::Sink, suggest};

/// What the attribute on a struct says.
#[derive(Default)]
pub(crate) struct ClassAttributes {
    pub(crate) krate: Option<syn::Path>,
    pub(crate) title: Option<Keyed<Spanned<String>>>,
    pub(crate) description: Option<String>,
    pub(crate) data_source: Option<Keyed<Spanned<String>>>,
    pub(crate) database: Option<Keyed<Spanned<String>>>,
    pub(crate) collection: Option<Keyed<Spanned<String>>>,
    pub(crate) rename_all: Option<Case>,
    pub(crate) time_series: Option<TimeSeries>,
}

/// What `time_series(..)` says; the names are those of fields.
pub(crate) struct TimeSeries {
    pub(crate) time: syn::Ident,
    pub(crate) meta: Option<syn::Ident>,
    pub(crate) granularity: Option<Granularity>,
}

/// How densely measurements are expected.
#[derive(Clone, Copy)]
pub(crate) enum Granularity {
    Seconds,
    Minutes,
    Hours,
}

pub(crate) const KEYS: &[&str] =
    &[TITLE, COLLECTION, DATABASE, DATA_SOURCE, RENAME_ALL, TIME_SERIES, DESCRIPTION, CRATE];
const EMBEDDED_KEYS: &[&str] = &[TITLE, RENAME_ALL, DESCRIPTION, CRATE];

impl ClassAttributes {
    /// Reads the tokens between the parentheses of the attribute; the description may come from
    /// the other attributes of the struct.
    pub(crate) fn parse(
        kind: Kind,
        tokens: TokenStream,
        others: &[syn::Attribute],
        sink: &mut Sink,
    ) -> Self {
        let mut this = Self { description: description(others), ..Self::default() };
        for entry in entry::parse(tokens, sink) {
            this.take(kind, &entry, sink);
        }
        this
    }

    fn take(&mut self, kind: Kind, entry: &Entry, sink: &mut Sink) {
        let key = entry.key.to_string();
        let asymmetric = matches!(kind, Kind::Asymmetric);
        match key.as_str() {
            TITLE => self.title = entry.string("WeatherSensor", sink),
            RENAME_ALL => self.rename_all = entry.case(sink),
            CRATE => self.krate = entry.path("some::path::asymmetric", sink).map(|path| path.value),
            DESCRIPTION => {
                let text = entry.string("One reading of one station.", sink);
                self.description = text.map(|text| text.value.value);
            }
            DATA_SOURCE if asymmetric => {
                self.data_source = entry.string("mongodb-atlas", sink);
            }
            DATABASE if asymmetric => self.database = entry.string("telemetry", sink),
            COLLECTION if asymmetric => self.collection = entry.string("readings", sink),
            TIME_SERIES if asymmetric => self.time_series = TimeSeries::parse(entry, sink),
            _ => misplaced(kind, entry, sink),
        }
    }
}

/// A key that another place knows, or nobody.
fn misplaced(kind: Kind, entry: &Entry, sink: &mut Sink) {
    let key = &entry.key;
    let known = match kind {
        Kind::Asymmetric => KEYS,
        Kind::Embedded => EMBEDDED_KEYS,
    };
    if KEYS.iter().any(|known| key == known) {
        sink.at_with_help(
            key.span(),
            format!("an embedded class has no `{key}`"),
            "embedded objects are stored inside of asymmetric objects: say it there",
        );
    } else if field::KEYS.iter().any(|known| key == known) {
        sink.at_with_help(
            key.span(),
            format!("`{key}` belongs on a field, not on the struct"),
            format!("write `#[asymmetric({key})]` above the field"),
        );
    } else {
        entry.unknown(known, "the struct", sink);
    }
}

const TIME_SERIES_KEYS: &[&str] = &[TIME, META, GRANULARITY];
const TIME_SERIES_EXAMPLE: &str =
    "time_series(time = taken_at, meta = device_id, granularity = minutes)";

impl TimeSeries {
    fn parse(entry: &Entry, sink: &mut Sink) -> Option<Self> {
        let Form::List(span, tokens) = &entry.form else {
            sink.at_with_help(
                entry.key.span(),
                "`time_series` needs at least the field of the time",
                format!("write `{TIME_SERIES_EXAMPLE}`"),
            );
            return None;
        };
        let before = sink.count();
        let (mut time, mut meta, mut granularity) = (None, None, None);
        for entry in entry::parse(tokens.clone(), sink) {
            match entry.key.to_string().as_str() {
                TIME => time = entry.name("taken_at", sink),
                META => meta = entry.name("device_id", sink),
                GRANULARITY => granularity = Granularity::parse(&entry, sink),
                _ => entry.unknown(TIME_SERIES_KEYS, "`time_series`", sink),
            }
        }
        if time.is_none() && sink.count() == before {
            sink.at_with_help(
                *span,
                "`time_series` names no field for the time",
                format!("write `{TIME_SERIES_EXAMPLE}`"),
            );
        }
        Some(Self { time: time?, meta, granularity })
    }
}

impl Granularity {
    const ALL: [(&'static str, Self); 3] =
        [("seconds", Self::Seconds), ("minutes", Self::Minutes), ("hours", Self::Hours)];

    fn parse(entry: &Entry, sink: &mut Sink) -> Option<Self> {
        let word = entry.name("minutes", sink)?;
        let found = Self::ALL.iter().find(|(known, _)| word == known).map(|(_, value)| *value);
        if found.is_none() {
            let known = Self::ALL.map(|(known, _)| known);
            let help = match suggest::nearest(&word.to_string(), known) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("write {}", entry::listed(&known)),
            };
            sink.at_with_help(word.span(), format!("`{word}` is no granularity"), help);
        }
        found
    }
}
