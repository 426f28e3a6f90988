//! A class that is gone.

use super::{ClassPair, Find, Rule, Verdict};

pub(super) const RULE: Rule = Rule {
    id: "class_removed",
    verdict: Verdict::Breaking,
    meaning: "A class is gone. Programs in the field go on writing its objects, and nothing \
        takes them any more.",
    advice: "Keep the class until no program writes it. What is stored stays in its collection \
        either way.",
    find: Find::Class(find),
};

fn find(pair: &ClassPair<'_>) -> Option<String> {
    let (Some(old), None) = (pair.old, pair.new) else { return None };
    Some(format!("the class is gone; its objects are in {}", old.place))
}
