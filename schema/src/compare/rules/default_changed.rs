//! A default that is gone or another.

use super::{Find, PropertyPair, Rule, Verdict};

pub(super) const RULE: Rule = Rule {
    id: "default_changed",
    verdict: Verdict::Breaking,
    meaning: "The default of a property is gone or another. Objects of programs that do not \
        know the property are refused where every object must have it, and mean something else \
        than those that were stored before.",
    advice: "Keep the default, and let new programs write the value they mean.",
    find: Find::Property(find),
};

fn find(pair: &PropertyPair<'_>) -> Option<String> {
    let (old, new) = pair.of_one_shape()?;
    let old = old.default.as_ref()?;
    match &new.default {
        None => Some(format!("no more {old}")),
        Some(new) => (old != new).then(|| format!("{old} became {new}")),
    }
}
