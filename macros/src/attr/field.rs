//! The keys of `#[asymmetric(..)]` on a field.

use proc_macro2::Span;

pub(crate) use super::value::{Bound, DefaultValue};
use super::{
    Keyed, Spanned, class, description,
    entry::{self, Entry},
    symbol::{
        ASYMMETRIC, DEFAULT, DESCRIPTION, EXCLUSIVE_MAXIMUM, EXCLUSIVE_MINIMUM, MAX_ITEMS,
        MAX_LENGTH, MAXIMUM, MIN_ITEMS, MIN_LENGTH, MINIMUM, PATTERN, PRIMARY_KEY, RENAME, SKIP,
    },
};
use crate::sink::Sink;

/// What the attributes on a field say.
#[derive(Default)]
pub(crate) struct FieldAttributes {
    pub(crate) primary_key: Option<Span>,
    pub(crate) skip: Option<Span>,
    pub(crate) rename: Option<Keyed<Spanned<String>>>,
    pub(crate) description: Option<String>,
    pub(crate) default: Option<Keyed<DefaultValue>>,
    pub(crate) constraints: Constraints,
}

/// What restricts the values of a field.
#[derive(Default)]
pub(crate) struct Constraints {
    pub(crate) minimum: Option<Keyed<Bound>>,
    pub(crate) exclusive_minimum: Option<Keyed<Bound>>,
    pub(crate) maximum: Option<Keyed<Bound>>,
    pub(crate) exclusive_maximum: Option<Keyed<Bound>>,
    pub(crate) min_length: Option<Keyed<u64>>,
    pub(crate) max_length: Option<Keyed<u64>>,
    pub(crate) pattern: Option<Keyed<Spanned<String>>>,
    pub(crate) min_items: Option<Keyed<u64>>,
    pub(crate) max_items: Option<Keyed<u64>>,
}

pub(crate) const KEYS: &[&str] = &[
    PRIMARY_KEY,
    RENAME,
    SKIP,
    DESCRIPTION,
    DEFAULT,
    MINIMUM,
    MAXIMUM,
    EXCLUSIVE_MINIMUM,
    EXCLUSIVE_MAXIMUM,
    MIN_LENGTH,
    MAX_LENGTH,
    PATTERN,
    MIN_ITEMS,
    MAX_ITEMS,
];

impl FieldAttributes {
    /// Takes the attributes that are ours out of `attributes`, and reads them.
    pub(crate) fn take(attributes: &mut Vec<syn::Attribute>, sink: &mut Sink) -> Self {
        let mut this = Self { description: description(attributes), ..Self::default() };
        let mut seen: Vec<String> = Vec::new();
        attributes.retain(|attribute| {
            if !is_ours(attribute, sink) {
                return true;
            }
            if attribute.path().is_ident(PRIMARY_KEY) {
                // Reported, but it still says what is meant.
                this.primary_key = Some(attribute.pound_token.span);
                return false;
            }
            for entry in entry::of_attribute(attribute, sink) {
                let key = entry.key.to_string();
                if seen.contains(&key) {
                    entry.repeated(sink);
                } else {
                    this.take_entry(&key, &entry, sink);
                    seen.push(key);
                }
            }
            false
        });
        this
    }

    fn take_entry(&mut self, key: &str, entry: &Entry, sink: &mut Sink) {
        let constraints = &mut self.constraints;
        match key {
            PRIMARY_KEY => self.primary_key = Some(entry.word(sink)),
            SKIP => self.skip = Some(entry.word(sink)),
            RENAME => self.rename = entry.string("deviceId", sink),
            DESCRIPTION => {
                let text = entry.string("When the reading was taken.", sink);
                self.description = text.map(|text| text.value.value);
            }
            DEFAULT => self.default = entry.default_value(sink),
            MINIMUM => constraints.minimum = entry.bound(sink),
            EXCLUSIVE_MINIMUM => constraints.exclusive_minimum = entry.bound(sink),
            MAXIMUM => constraints.maximum = entry.bound(sink),
            EXCLUSIVE_MAXIMUM => constraints.exclusive_maximum = entry.bound(sink),
            MIN_LENGTH => constraints.min_length = entry.count(sink),
            MAX_LENGTH => constraints.max_length = entry.count(sink),
            PATTERN => constraints.pattern = entry.string("^[a-z]+$", sink),
            MIN_ITEMS => constraints.min_items = entry.count(sink),
            MAX_ITEMS => constraints.max_items = entry.count(sink),
            _ if class::KEYS.contains(&key) => sink.at_with_help(
                entry.key.span(),
                format!("`{key}` belongs on the struct, not on a field"),
                "move it to the attribute above the struct",
            ),
            _ => entry.unknown(KEYS, "a field", sink),
        }
    }
}

/// Whether an attribute of a field is for us. Those that people expect to be are reported, and
/// taken too: the compiler would only say that it cannot find them.
fn is_ours(attribute: &syn::Attribute, sink: &mut Sink) -> bool {
    let Some(name) = attribute.path().segments.last().map(|segment| segment.ident.to_string())
    else {
        return false;
    };
    let alone = attribute.path().get_ident().is_some();
    match name.as_str() {
        ASYMMETRIC => return true,
        super::symbol::EMBEDDED if alone => sink.on_with_help(
            attribute,
            "`#[embedded]` goes on the struct that is embedded",
            "put `#[embedded]` above the declaration of the field's type; attributes of fields are \
             written `#[asymmetric(..)]`",
        ),
        _ if alone && KEYS.contains(&name.as_str()) => sink.on_with_help(
            attribute,
            format!("there is no attribute `#[{name}]`"),
            format!("write `#[asymmetric({name})]`"),
        ),
        _ => return false,
    }
    true
}
