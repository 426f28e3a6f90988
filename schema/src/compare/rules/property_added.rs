//! A new property that objects may lack.

use super::{Find, PropertyPair, Rule, Verdict};
use crate::compare::pair::Shape;

pub(super) const RULE: Rule = Rule {
    id: "property_added",
    verdict: Verdict::Additive,
    meaning: "A property is new, and objects may lack it or the server fills in its default. \
        Programs built before leave it out.",
    advice: "Nothing.",
    find: Find::Property(find),
};

fn find(pair: &PropertyPair<'_>) -> Option<String> {
    let (None, Some(new)) = (pair.old, pair.new) else { return None };
    let optional = !new.required || new.node.default.is_some();
    optional.then(|| format!("a new property: {}", Shape::of(new.node)))
}
