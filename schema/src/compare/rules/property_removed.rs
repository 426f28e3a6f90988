//! A property that is gone.

use super::{Find, PropertyPair, Rule, Verdict};
use crate::compare::pair::Shape;

pub(super) const RULE: Rule = Rule {
    id: "property_removed",
    verdict: Verdict::Breaking,
    meaning: "A property is gone. Programs in the field go on writing it, and no reader knows \
        what it means. A renamed property is one that is gone and one that is new.",
    advice: "Keep the property as an `Option` that new programs leave empty, or keep its name \
        by `#[asymmetric(rename = \"…\")]`.",
    find: Find::Property(find),
};

fn find(pair: &PropertyPair<'_>) -> Option<String> {
    let (Some(old), None) = (pair.old, pair.new) else { return None };
    Some(format!("the property is gone: {}", Shape::of(old.node)))
}
