//! A property that holds another type of value.

use super::{Find, PropertyPair, Rule, Verdict};
use crate::compare::pair::Shape;

pub(super) const RULE: Rule = Rule {
    id: "type_changed",
    verdict: Verdict::Breaking,
    meaning: "A property, or the elements of a collection, have another type. Values of \
        programs built before are of the old one and are refused, and readers find both.",
    advice: "Add a property of the new type under a new name, and keep the old one as an `Option`.",
    find: Find::Property(find),
};

fn find(pair: &PropertyPair<'_>) -> Option<String> {
    let (old, new) = pair.both()?;
    let (old, new) = (Shape::of(old.node), Shape::of(new.node));
    (!pair.is_primary_key && old != new).then(|| format!("{old} became {new}"))
}
