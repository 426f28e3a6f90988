//! A class that is write-only no more, or was not before.

use super::{ClassPair, Find, Rule, Verdict};

pub(super) const RULE: Rule = Rule {
    id: "asymmetric_changed",
    verdict: Verdict::Destructive,
    meaning: "A class became write-only, or ceased to be. It enters or leaves \
        `asymmetric_tables`: for App Services that ends the synchronisation, and clients in the \
        field are reset.",
    advice: "Make a new class with a collection of its own.",
    find: Find::Class(find),
};

fn find(pair: &ClassPair<'_>) -> Option<String> {
    let (old, new) = pair.both()?;
    let kind = |asymmetric| if asymmetric { "write-only" } else { "an ordinary class" };
    (old.asymmetric != new.asymmetric)
        .then(|| format!("{} became {}", kind(old.asymmetric), kind(new.asymmetric)))
}
