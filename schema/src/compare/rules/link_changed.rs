//! A link that leads elsewhere or is none any more.

use super::{Find, PropertyPair, Rule, Verdict};

pub(super) const RULE: Rule = Rule {
    id: "link_changed",
    verdict: Verdict::Breaking,
    meaning: "A link leads to another collection, by another key, or is no link any more. The \
        keys that programs in the field write are looked up in the wrong place.",
    advice: "Add a property for the new link under a new name, and keep the old one.",
    find: Find::Property(find),
};

fn find(pair: &PropertyPair<'_>) -> Option<String> {
    let (old, new) = pair.both()?;
    let old = old.link?;
    match new.link {
        None => Some(format!("no more a link to {}", old.reference)),
        Some(new) if new == old => None,
        Some(new) => Some(format!(
            "{} by {} became {} by {}",
            old.reference, old.foreign_key, new.reference, new.foreign_key
        )),
    }
}
