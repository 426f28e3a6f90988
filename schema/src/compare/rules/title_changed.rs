//! A class or embedded class with another name.

use super::{Find, PropertyPair, Rule, Verdict};

pub(super) const RULE: Rule = Rule {
    id: "title_changed",
    verdict: Verdict::Breaking,
    meaning: "A class, or an embedded class, has another name. Clients and servers find classes \
        by their names: programs built before use a name that nobody knows.",
    advice: "Keep the old name by `#[asymmetric(title = \"…\")]` and call the Rust type what \
        you like.",
    find: Find::Property(find),
};

fn find(pair: &PropertyPair<'_>) -> Option<String> {
    let (old, new) = pair.both()?;
    let name =
        |title: &Option<String>| title.as_ref().map_or("nothing".to_owned(), |t| format!("`{t}`"));
    let (old, new) = (&old.node.title, &new.node.title);
    (old != new).then(|| format!("{} is called {}", name(old), name(new)))
}
