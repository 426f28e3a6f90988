//! A new property that every object must have.

use super::{Find, PropertyPair, Rule, Verdict};
use crate::compare::pair::Shape;

pub(super) const RULE: Rule = Rule {
    id: "property_added_required",
    verdict: Verdict::Breaking,
    meaning: "A property is new and every object must have it. Objects of programs built before \
        lack it and are refused.",
    advice: "Make it an `Option`, or give it a value for those objects by `#[asymmetric(default \
        = …)]`.",
    find: Find::Property(find),
};

fn find(pair: &PropertyPair<'_>) -> Option<String> {
    let (None, Some(new)) = (pair.old, pair.new) else { return None };
    (new.required && new.node.default.is_none())
        .then(|| format!("a new property that every object must have: {}", Shape::of(new.node)))
}
