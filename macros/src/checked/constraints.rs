//! Constraints that contradict neither themselves nor each other.

use proc_macro2::Span;

use crate::{
    attr::{
        Keyed, Spanned,
        field::{Bound, Constraints},
        symbol::{EXCLUSIVE_MAXIMUM, EXCLUSIVE_MINIMUM, MAXIMUM, MINIMUM},
    },
    sink::Sink,
};

/// One rule for the values of a property, with the span of its key.
pub(crate) struct Constraint {
    pub(crate) key: Span,
    pub(crate) rule: Rule,
}

/// What a value must satisfy.
pub(crate) enum Rule {
    Minimum { bound: Bound, exclusive: bool },
    Maximum { bound: Bound, exclusive: bool },
    MinLength(u64),
    MaxLength(u64),
    Pattern(String),
    MinItems(u64),
    MaxItems(u64),
}

/// Checks the constraints of one field.
pub(super) fn check(stated: &Constraints, sink: &mut Sink) -> Vec<Constraint> {
    let minimum =
        one_bound((MINIMUM, &stated.minimum), (EXCLUSIVE_MINIMUM, &stated.exclusive_minimum), sink);
    let maximum =
        one_bound((MAXIMUM, &stated.maximum), (EXCLUSIVE_MAXIMUM, &stated.exclusive_maximum), sink);
    if let (Some((low, low_open)), Some((high, high_open))) = (&minimum, &maximum) {
        let (low, at) = (low.value.as_f64(), high.key);
        let high = high.value.as_f64();
        if low > high {
            sink.at_with_help(at, format!("no number is over {low} and under {high}"), SWAP);
        } else if low >= high && (*low_open || *high_open) {
            sink.at_with_help(
                at,
                format!("the bounds exclude {low}, the only number left"),
                LOOSEN,
            );
        }
    }
    ordered("characters", stated.min_length.as_ref(), stated.max_length.as_ref(), sink);
    ordered("items", stated.min_items.as_ref(), stated.max_items.as_ref(), sink);

    if let Some(pattern) = &stated.pattern {
        check_pattern(&pattern.value, sink);
    }

    let minimum = minimum.map(|(bound, exclusive)| Constraint {
        key: bound.key,
        rule: Rule::Minimum { bound: bound.value.clone(), exclusive },
    });
    let maximum = maximum.map(|(bound, exclusive)| Constraint {
        key: bound.key,
        rule: Rule::Maximum { bound: bound.value.clone(), exclusive },
    });
    let count = |count: &Option<Keyed<u64>>, rule: fn(u64) -> Rule| {
        count.as_ref().map(|count| Constraint { key: count.key, rule: rule(count.value) })
    };
    let pattern = stated.pattern.as_ref().map(|pattern| Constraint {
        key: pattern.key,
        rule: Rule::Pattern(pattern.value.value.clone()),
    });
    [
        minimum,
        maximum,
        count(&stated.min_length, Rule::MinLength),
        count(&stated.max_length, Rule::MaxLength),
        pattern,
        count(&stated.min_items, Rule::MinItems),
        count(&stated.max_items, Rule::MaxItems),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn check_pattern(pattern: &Spanned<String>, sink: &mut Sink) {
    if let Err(error) = regex_lite::Regex::new(&pattern.value) {
        sink.at_with_help(
            pattern.span,
            format!("this pattern cannot be matched: {error}"),
            "patterns are regular expressions without look-around and back-references",
        );
    }
}

const SWAP: &str = "swap the bounds, or remove one";
const LOOSEN: &str = "use the forms without `exclusive_`, or move the bounds apart";

/// A bound and its exclusive form exclude each other.
fn one_bound<'a>(
    (name, inclusive): (&str, &'a Option<Keyed<Bound>>),
    (exclusive_name, exclusive): (&str, &'a Option<Keyed<Bound>>),
    sink: &mut Sink,
) -> Option<(&'a Keyed<Bound>, bool)> {
    match (inclusive, exclusive) {
        (Some(bound), None) => Some((bound, false)),
        (None, Some(bound)) => Some((bound, true)),
        (Some(_), Some(bound)) => {
            sink.at_with_help(
                bound.key,
                format!("`{name}` and `{exclusive_name}` exclude each other"),
                "keep the one that says whether the bound itself is allowed",
            );
            None
        }
        (None, None) => None,
    }
}

fn ordered(what: &str, least: Option<&Keyed<u64>>, most: Option<&Keyed<u64>>, sink: &mut Sink) {
    if let (Some(least), Some(most)) = (least, most)
        && least.value > most.value
    {
        let message =
            format!("nothing has at least {} and at most {} {what}", least.value, most.value);
        sink.at_with_help(most.key, message, SWAP);
    }
}
