//! A class whose objects land elsewhere.

use super::{ClassPair, Find, Rule, Verdict};

pub(super) const RULE: Rule = Rule {
    id: "collection_changed",
    verdict: Verdict::Destructive,
    meaning: "The objects of a class land in another data source, database or collection. What \
        is stored stays where it is, and readers have to look in two places.",
    advice: "Keep `data_source`, `database` and `collection`; or move the documents and allow \
        the change.",
    find: Find::Class(find),
};

fn find(pair: &ClassPair<'_>) -> Option<String> {
    let (old, new) = pair.both()?;
    (old.place != new.place).then(|| format!("from {} to {}", old.place, new.place))
}
