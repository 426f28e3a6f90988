//! Values that are allowed from now on.

use super::{Find, PropertyPair, Rule, Verdict};
use crate::compare::rules::constraints::list;

pub(super) const RULE: Rule = Rule {
    id: "enum_widened",
    verdict: Verdict::Additive,
    meaning: "A value is allowed that was not, or all are. Whatever programs built before write \
        is among them.",
    advice: "Nothing; readers of the collection must expect the new value.",
    find: Find::Property(find),
};

fn find(pair: &PropertyPair<'_>) -> Option<String> {
    let (old, new) = pair.of_one_shape()?;
    let old = old.allowed.as_ref()?;
    let Some(new) = &new.allowed else { return Some("any value from now on".to_owned()) };
    let mut added = new.iter().filter(|value| !old.contains(value)).peekable();
    added.peek().is_some().then(|| format!("{} as well", list(added)))
}
