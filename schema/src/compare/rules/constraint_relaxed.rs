//! A constraint that refuses less than before.

use super::{Find, PropertyPair, Rule, Verdict};
use crate::compare::rules::constraints::{Direction, changes};

pub(super) const RULE: Rule = Rule {
    id: "constraint_relaxed",
    verdict: Verdict::Additive,
    meaning: "A constraint is gone or wider. Whatever programs built before write satisfies it.",
    advice: "Nothing; readers of the collection may meet values that they did not before.",
    find: Find::Property(find),
};

fn find(pair: &PropertyPair<'_>) -> Option<String> {
    let (old, new) = pair.of_one_shape()?;
    changes(old, new, Direction::Relaxed)
}
