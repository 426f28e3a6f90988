//! What changed between two versions of a schema, and what that does to programs in the field.
//!
//! [`compare`] walks both versions and shows each pair of classes and properties to every rule of
//! [`RULES`]. A rule judges one kind of change. Every difference in meaning is found by some rule:
//! versions without findings are equal but for descriptions and the order of keywords.

mod finding;
mod markdown;
mod pair;
mod rules;
#[cfg(test)]
mod tests;

pub use finding::{Finding, Rule, Verdict};
pub use markdown::rules_to_markdown;
pub use rules::{RULES, rule};

use self::finding::Find;
use crate::ClassDocument;

/// What changed from the classes `old` to the classes `new`, in the order of the old classes and
/// the paths below them.
///
/// Classes are the same if they have one title, or else one collection.
#[must_use]
pub fn compare(old: &[ClassDocument], new: &[ClassDocument]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for class in pair::classes(old, new) {
        for rule in RULES {
            if let Find::Class(find) = rule.find
                && let Some(message) = find(&class)
            {
                findings.push(Finding { rule, at: class.title.to_owned(), message });
            }
        }
        let (Some(old), Some(new)) = (class.old, class.new) else { continue };
        pair::properties(class.title, old, new, &mut |property| {
            for rule in RULES {
                if let Find::Property(find) = rule.find
                    && let Some(message) = find(property)
                {
                    findings.push(Finding { rule, at: property.path.clone(), message });
                }
            }
        });
    }
    findings
}
