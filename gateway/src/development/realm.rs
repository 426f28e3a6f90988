//! What Realm SDKs announce: tables and columns, as additions to what the app has.
//!
//! A column says less than a property of App Services: no constraints, no ranges, one kind of whole
//! number. Where the app has a property of the same kind, it stays as it is.

use asymmetric_schema::{Additional, ClassDocument, Items, Node, Place, Types};
use serde_json::Value;

use super::teach;
use crate::apps::AppConfig;

/// A class of a Realm SDK: what was announced of it, as the schema of App Services that it would be
/// on its own, and where it goes if the app does not have it.
#[derive(Clone, Debug)]
pub(crate) struct RealmClass {
    pub(crate) place: Place,
    pub(crate) title: String,
    pub(crate) schema: Value,
    /// Only columns were announced, not the class: it is an addition, and to nothing if the app
    /// does not have the class.
    pub(crate) is_part: bool,
}

/// The classes as they would be if they were learnt.
pub(super) fn classes(config: &AppConfig, announced: &[RealmClass]) -> Vec<ClassDocument> {
    announced.iter().filter_map(|class| class_of(config, class)).collect()
}

fn class_of(config: &AppConfig, announced: &RealmClass) -> Option<ClassDocument> {
    let RealmClass { place, title, schema, is_part } = announced;
    let told = ClassDocument::from_json(place.clone(), schema.clone(), None).ok()?;
    let known = config.class(&place.data_source, title);
    match known.and_then(|known| teach::document(known).ok()) {
        Some(mut known) => {
            known.schema = extended(&known.schema, &told.schema);
            Some(known)
        }
        // An embedded class stands inside those that hold it.
        None if *is_part => config
            .collections
            .iter()
            .filter_map(|collection| teach::document(collection).ok())
            .find_map(|mut holder| {
                extend_embedded(&mut holder.schema, title, &told.schema).then_some(holder)
            }),
        None => Some(told),
    }
}

/// Extends the embedded class of this title wherever it is below the node.
fn extend_embedded(node: &mut Node, title: &str, told: &Node) -> bool {
    let mut found = false;
    let mut visit = |below: &mut Node| {
        if below.title.as_deref() == Some(title) {
            *below = extended(below, told);
            found = true;
        }
        found |= extend_embedded(below, title, told);
    };
    for property in node.properties.iter_mut().flat_map(|properties| properties.values_mut()) {
        visit(property);
    }
    if let Some(Items::All(item)) = &mut node.items {
        visit(item);
    }
    if let Some(Additional::Values(value)) = &mut node.additional_properties {
        visit(value);
    }
    found
}

/// The known node with the properties that only the told one has. Where both have one of different
/// kinds, it is the told one's.
fn extended(known: &Node, told: &Node) -> Node {
    let mut node = known.clone();
    for (name, property) in told.properties.iter().flatten() {
        let properties = node.properties.get_or_insert_default();
        let property = match properties.get(name) {
            Some(known) => same_or_told(known, property),
            None => property.clone(),
        };
        properties.insert(name.clone(), property);
    }
    node
}

fn same_or_told(known: &Node, told: &Node) -> Node {
    match (Kind::of(known), Kind::of(told)) {
        (Kind::Any, _) => known.clone(),
        // A link to a class that was announced to another server.
        (Kind::Scalar(_), Kind::Object) if told.properties.is_none() => known.clone(),
        (Kind::Object, Kind::Object) => extended(known, told),
        (Kind::List, Kind::List) | (Kind::Set, Kind::Set) => {
            let mut node = known.clone();
            if let (Some(Items::All(known)), Some(Items::All(told))) = (&known.items, &told.items) {
                node.items = Some(Items::All(Box::new(same_or_told(known, told))));
            }
            node
        }
        (Kind::Map, Kind::Map) => {
            let mut node = known.clone();
            if let (Some(Additional::Values(known)), Some(Additional::Values(told))) =
                (&known.additional_properties, &told.additional_properties)
            {
                let value = Box::new(same_or_told(known, told));
                node.additional_properties = Some(Additional::Values(value));
            }
            node
        }
        (a, b) if a == b => known.clone(),
        _ => told.clone(),
    }
}

/// What a Realm SDK takes a property for.
#[derive(Debug, PartialEq, Eq)]
enum Kind<'a> {
    Any,
    Scalar(&'a str),
    Object,
    Map,
    List,
    Set,
}

impl<'a> Kind<'a> {
    fn of(node: &'a Node) -> Self {
        let name = match &node.types {
            Types::Bson(name) | Types::Json(name) => name.as_str(),
            // `["string", "null"]` and the like.
            Types::BsonUnion(names) | Types::JsonUnion(names) => {
                let mut others = names.iter().filter(|name| *name != "null");
                match (others.next(), others.next()) {
                    (Some(only), None) => only.as_str(),
                    _ => return Self::Any,
                }
            }
            _ => return Self::Any,
        };
        match name {
            "mixed" => Self::Any,
            "object" => match node.additional_properties {
                Some(Additional::Values(_)) => Self::Map,
                _ => Self::Object,
            },
            "array" if node.unique_items == Some(true) => Self::Set,
            "array" => Self::List,
            "int" | "long" | "integer" => Self::Scalar("long"),
            "boolean" => Self::Scalar("bool"),
            "binary" => Self::Scalar("binData"),
            name => Self::Scalar(name),
        }
    }
}
