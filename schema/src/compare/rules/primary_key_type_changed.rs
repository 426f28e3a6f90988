//! A primary key of another type.

use super::{Find, PropertyPair, Rule, Verdict};
use crate::compare::pair::Shape;

pub(super) const RULE: Rule = Rule {
    id: "primary_key_type_changed",
    verdict: Verdict::Destructive,
    meaning: "The type of `_id` changed. Links to stored objects and everything else that knows \
        them by their key cannot name the new ones, and clients of App Services are reset.",
    advice: "Make a new class with a collection of its own.",
    find: Find::Property(find),
};

fn find(pair: &PropertyPair<'_>) -> Option<String> {
    let (old, new) = pair.both()?;
    let (old, new) = (Shape::of(old.node), Shape::of(new.node));
    (pair.is_primary_key && old != new).then(|| format!("{old} became {new}"))
}
