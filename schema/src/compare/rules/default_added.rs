//! A default for a property that had none.

use super::{Find, PropertyPair, Rule, Verdict};

pub(super) const RULE: Rule = Rule {
    id: "default_added",
    verdict: Verdict::Additive,
    meaning: "A property has a default that had none: the server fills it in where a writer \
        does not know the property.",
    advice: "Nothing.",
    find: Find::Property(find),
};

fn find(pair: &PropertyPair<'_>) -> Option<String> {
    let (old, new) = pair.of_one_shape()?;
    let default = new.default.as_ref()?;
    old.default.is_none().then(|| format!("{default} from now on"))
}
