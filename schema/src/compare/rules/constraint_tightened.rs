//! A constraint that refuses more than before.

use super::{Find, PropertyPair, Rule, Verdict};
use crate::compare::rules::constraints::{Direction, changes};

pub(super) const RULE: Rule = Rule {
    id: "constraint_tightened",
    verdict: Verdict::Breaking,
    meaning: "A constraint is new or narrower: a bound, a length, a number of elements, a \
        pattern, or whether unknown keys are allowed. Objects of programs built before may break \
        it and are refused. Another pattern counts as narrower, whatever it is.",
    advice: "Keep the constraint as wide as it was, and check in the program what is narrower.",
    find: Find::Property(find),
};

fn find(pair: &PropertyPair<'_>) -> Option<String> {
    let (old, new) = pair.of_one_shape()?;
    changes(old, new, Direction::Tightened)
}
