//! A property that every object must have from now on.

use super::{Find, PropertyPair, Rule, Verdict};

pub(super) const RULE: Rule = Rule {
    id: "property_made_required",
    verdict: Verdict::Breaking,
    meaning: "Every object must have a property that was optional. Objects of programs built \
        before may lack it and are refused.",
    advice: "Keep it an `Option`.",
    find: Find::Property(find),
};

fn find(pair: &PropertyPair<'_>) -> Option<String> {
    let (old, new) = pair.both()?;
    (!old.required && new.required).then(|| "every object must have it".to_owned())
}
