//! A keyword that we do not know, new, gone or changed.

use super::{Find, PropertyPair, Rule, Verdict};
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule {
    id: "keyword_changed",
    verdict: Verdict::Breaking,
    meaning: "A keyword is new, gone or changed whose meaning is unknown here, `validate` for \
        example. It may refuse objects that were accepted.",
    advice: "Find out what the keyword does, and allow the change if it refuses nothing that \
        programs write.",
    find: Find::Property(find),
};

fn find(pair: &PropertyPair<'_>) -> Option<String> {
    let (old, new) = pair.of_one_shape()?;
    let (old, new) = (&old.other, &new.other);
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let changed = names.into_iter().filter(|name| old.get(*name) != new.get(*name));
    let changed: Vec<String> = changed.map(|name| format!("`{name}`")).collect();
    (!changed.is_empty()).then(|| format!("the keyword {} changed", changed.join(", ")))
}
