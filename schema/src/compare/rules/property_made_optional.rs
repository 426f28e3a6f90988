//! A property that objects may lack from now on.

use super::{Find, PropertyPair, Rule, Verdict};

pub(super) const RULE: Rule = Rule {
    id: "property_made_optional",
    verdict: Verdict::Additive,
    meaning: "Objects may lack a property that every object had. Those of programs built before \
        have it.",
    advice: "Nothing here; readers of the collection must expect it to be absent. App Services \
        itself calls this change breaking.",
    find: Find::Property(find),
};

fn find(pair: &PropertyPair<'_>) -> Option<String> {
    let (old, new) = pair.both()?;
    (old.required && !new.required).then(|| "objects may lack it".to_owned())
}
