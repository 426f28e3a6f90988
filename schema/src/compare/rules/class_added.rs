//! A class that is new.

use super::{ClassPair, Find, Rule, Verdict};

pub(super) const RULE: Rule = Rule {
    id: "class_added",
    verdict: Verdict::Additive,
    meaning: "A class is new. Programs built before do not know it and write nothing into its \
        collection.",
    advice: "Nothing. If the class was renamed, keep its collection, so that this is seen.",
    find: Find::Class(find),
};

fn find(pair: &ClassPair<'_>) -> Option<String> {
    let (None, Some(new)) = (pair.old, pair.new) else { return None };
    Some(format!("a new class in {}", new.place))
}
