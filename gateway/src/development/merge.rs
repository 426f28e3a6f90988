//! What a class becomes when a device has more of it.

use std::collections::BTreeMap;

use asymmetric_schema::{Additional, ClassDocument, Finding, Items, Node, compare};

/// Changes that are learnt although programs built before could not live with them: the merged
/// class keeps what is gone, and does not ask for what is new.
const MENDED: [&str; 2] = ["property_removed", "property_added_required"];

/// The class that takes objects of both; or why there is none.
pub(super) fn merge(
    known: &ClassDocument,
    announced: &ClassDocument,
) -> Result<ClassDocument, String> {
    if let Some(path) = missing(&known.schema, &announced.schema) {
        return Err(refused(&format!(
            "`{}.{path}` is required, and the device does not have it; make it optional in the app",
            known.title()
        )));
    }
    let pair = |old: &ClassDocument, new: &ClassDocument| {
        let findings = compare(std::slice::from_ref(old), std::slice::from_ref(new));
        findings.into_iter().filter(|finding| finding.rule.verdict.needs_allowance())
    };
    let mut changes: Vec<Finding> =
        pair(known, announced).filter(|finding| !MENDED.contains(&finding.rule.id)).collect();
    let mut merged = announced.clone();
    merged.schema = united(&known.schema, &announced.schema);
    let known_links = known.relationships.iter().map(|(path, link)| (path.clone(), link.clone()));
    let links: BTreeMap<_, _> = known_links.chain(announced.relationships.clone()).collect();
    merged.relationships = links;
    if changes.is_empty() {
        changes.extend(pair(known, &merged));
    }
    match changes.as_slice() {
        [] => Ok(merged),
        [first, ..] => {
            let changes: Vec<_> = changes.iter().map(ToString::to_string).collect();
            Err(refused(&format!("{}. {}", changes.join("; "), first.rule.advice)))
        }
    }
}

fn refused(why: &str) -> String {
    format!("development mode learns only what is added: {why}")
}

/// A property that objects must have and the device does not know.
fn missing(known: &Node, announced: &Node) -> Option<String> {
    for (name, property) in known.properties.iter().flatten() {
        match announced.property(name) {
            None if known.requires(name) => return Some(name.clone()),
            None => {}
            Some(other) => {
                if let Some(below) = missing(property, other) {
                    return Some(format!("{name}.{below}"));
                }
            }
        }
    }
    match (&known.items, &announced.items) {
        (Some(Items::All(known)), Some(Items::All(announced))) => {
            missing(known, announced).map(|below| format!("[].{below}"))
        }
        _ => match (&known.additional_properties, &announced.additional_properties) {
            (Some(Additional::Values(known)), Some(Additional::Values(announced))) => {
                missing(known, announced).map(|below| format!("[].{below}"))
            }
            _ => None,
        },
    }
}

/// The announced node, with what only the known one has.
fn united(known: &Node, announced: &Node) -> Node {
    let mut node = announced.clone();
    node.title = announced.title.clone().or_else(|| known.title.clone());
    node.description = announced.description.clone().or_else(|| known.description.clone());
    if let Some(own) = &known.properties {
        let properties = node.properties.get_or_insert_default();
        for (name, property) in own {
            match properties.get_mut(name) {
                Some(other) => *other = united(property, other),
                None => drop(properties.insert(name.clone(), property.clone())),
            }
        }
    }
    let keeps = |name: &String| {
        let is_new = known.property(name).is_none();
        let has_default = announced.property(name).is_some_and(|p| p.default.is_some());
        if is_new { has_default } else { known.requires(name) }
    };
    if let Some(required) = &mut node.required {
        required.retain(keeps);
    }
    node.required = node.required.filter(|required| !required.is_empty());
    node.items = match (&known.items, node.items.take()) {
        (Some(Items::All(known)), Some(Items::All(own))) => {
            Some(Items::All(Box::new(united(known, &own))))
        }
        (_, own) => own,
    };
    node.additional_properties = match (&known.additional_properties, node.additional_properties) {
        (Some(Additional::Values(known)), Some(Additional::Values(own))) => {
            Some(Additional::Values(Box::new(united(known, &own))))
        }
        (_, own) => own,
    };
    node
}
