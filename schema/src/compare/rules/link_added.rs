//! A property that is a link from now on.

use super::{Find, PropertyPair, Rule, Verdict};

pub(super) const RULE: Rule = Rule {
    id: "link_added",
    verdict: Verdict::Additive,
    meaning: "A property that held a value is declared to be the key of an object elsewhere. \
        What is stored stays the same.",
    advice: "Nothing.",
    find: Find::Property(find),
};

fn find(pair: &PropertyPair<'_>) -> Option<String> {
    let (old, new) = pair.both()?;
    let new = new.link?;
    old.link.is_none().then(|| format!("links to {} from now on", new.reference))
}
