//! Values that are allowed no more.

use super::{Find, PropertyPair, Rule, Verdict};
use crate::compare::rules::constraints::list;

pub(super) const RULE: Rule = Rule {
    id: "enum_narrowed",
    verdict: Verdict::Breaking,
    meaning: "A value is allowed no more, or only some are where all were. Programs built \
        before may write it, and their objects are refused.",
    advice: "Keep the variant as long as programs write it.",
    find: Find::Property(find),
};

fn find(pair: &PropertyPair<'_>) -> Option<String> {
    let (old, new) = pair.of_one_shape()?;
    let new = new.allowed.as_ref()?;
    let Some(old) = &old.allowed else {
        return Some(format!("only {} from now on", list(new.iter())));
    };
    let mut gone = old.iter().filter(|value| !new.contains(value)).peekable();
    gone.peek().is_some().then(|| format!("no more {}", list(gone)))
}
