//! One file per rule: what kind of change it is about, what that does, and how it is found.
//!
//! A rule needs a pair of versions in `schema/tests/rules/<its id>/` that it finds something in.

mod asymmetric_changed;
mod class_added;
mod class_removed;
mod collection_changed;
mod constraint_relaxed;
mod constraint_tightened;
mod constraints;
mod default_added;
mod default_changed;
mod enum_narrowed;
mod enum_widened;
mod keyword_changed;
mod link_added;
mod link_changed;
mod primary_key_type_changed;
mod property_added;
mod property_added_required;
mod property_made_optional;
mod property_made_required;
mod property_removed;
mod time_series_changed;
mod title_changed;
mod type_changed;

use super::{
    finding::{Find, Rule, Verdict},
    pair::{ClassPair, PropertyPair},
};

/// Every rule: those about classes first, then those about properties.
pub const RULES: &[&Rule] = &[
    &class_added::RULE,
    &class_removed::RULE,
    &title_changed::RULE,
    &collection_changed::RULE,
    &asymmetric_changed::RULE,
    &time_series_changed::RULE,
    &property_added::RULE,
    &property_added_required::RULE,
    &property_removed::RULE,
    &property_made_optional::RULE,
    &property_made_required::RULE,
    &type_changed::RULE,
    &primary_key_type_changed::RULE,
    &constraint_relaxed::RULE,
    &constraint_tightened::RULE,
    &enum_widened::RULE,
    &enum_narrowed::RULE,
    &default_added::RULE,
    &default_changed::RULE,
    &link_added::RULE,
    &link_changed::RULE,
    &keyword_changed::RULE,
];

/// The rule with this id.
#[must_use]
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id == id)
}
