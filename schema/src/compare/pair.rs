//! Bringing together what belongs together in two versions.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use crate::{Additional, ClassDocument, Items, Node, Relationship, Types};

/// A class in two versions. At least one of them has it.
#[derive(Debug)]
pub(super) struct ClassPair<'a> {
    /// The title in the older version that has one.
    pub(super) title: &'a str,
    pub(super) old: Option<&'a ClassDocument>,
    pub(super) new: Option<&'a ClassDocument>,
}

impl<'a> ClassPair<'a> {
    pub(super) fn both(&self) -> Option<(&'a ClassDocument, &'a ClassDocument)> {
        self.old.zip(self.new)
    }
}

/// The classes of two versions. What has one title and one collection belongs together, then what
/// has one title, then what has one collection.
pub(super) fn classes<'a>(
    old: &'a [ClassDocument],
    new: &'a [ClassDocument],
) -> Vec<ClassPair<'a>> {
    type Same = fn(&ClassDocument, &ClassDocument) -> bool;
    const SAME: [Same; 3] = [
        |a, b| a.title() == b.title() && a.place == b.place,
        |a, b| a.title() == b.title(),
        |a, b| a.place == b.place,
    ];
    let mut partners: Vec<Option<&ClassDocument>> = vec![None; old.len()];
    let mut left: Vec<&ClassDocument> = new.iter().collect();
    for same in SAME {
        for (class, partner) in old.iter().zip(&mut partners) {
            if partner.is_none()
                && let Some(index) = left.iter().position(|other| same(class, other))
            {
                *partner = Some(left.remove(index));
            }
        }
    }
    let known = old.iter().zip(partners).map(|(old, new)| ClassPair {
        title: old.title(),
        old: Some(old),
        new,
    });
    let added =
        left.into_iter().map(|new| ClassPair { title: new.title(), old: None, new: Some(new) });
    known.chain(added).collect()
}

/// A property, an element or the root of a class in two versions. At least one of them has it.
#[derive(Debug)]
pub(super) struct PropertyPair<'a> {
    /// Names from the title of the class on, joined by dots; `[]` for a step into a collection.
    pub(super) path: String,
    /// Whether it is the `_id` of a class.
    pub(super) is_primary_key: bool,
    pub(super) old: Option<Property<'a>>,
    pub(super) new: Option<Property<'a>>,
}

/// A property in one version.
#[derive(Clone, Copy, Debug)]
pub(super) struct Property<'a> {
    pub(super) node: &'a Node,
    pub(super) required: bool,
    pub(super) link: Option<&'a Relationship>,
}

impl<'a> PropertyPair<'a> {
    pub(super) fn both(&self) -> Option<(Property<'a>, Property<'a>)> {
        self.old.zip(self.new)
    }

    /// Both versions, if the property holds the same kind of value in them: only then can what
    /// restricts the values be compared.
    pub(super) fn of_one_shape(&self) -> Option<(&'a Node, &'a Node)> {
        let (old, new) = self.both()?;
        (Shape::of(old.node) == Shape::of(new.node)).then_some((old.node, new.node))
    }
}

/// Shows all properties of a class to `see`: its root, then every path that both versions have and
/// every one that is new or gone.
pub(super) fn properties<'a>(
    title: &str,
    old: &'a ClassDocument,
    new: &'a ClassDocument,
    see: &mut dyn FnMut(&PropertyPair<'a>),
) {
    let root = |class: &'a ClassDocument| Version {
        property: Property { node: &class.schema, required: true, link: None },
        links: &class.relationships,
    };
    walk(title, "", root(old), root(new), see);
}

/// A property in one version, and the links of the class around it.
#[derive(Clone, Copy)]
struct Version<'a> {
    property: Property<'a>,
    links: &'a BTreeMap<String, Relationship>,
}

impl<'a> Version<'a> {
    /// The property with this name, at this path in the class.
    fn child(self, name: &str, path: &str) -> Option<Self> {
        let node = self.property.node.property(name)?;
        // App Services lists `_id` or not: an object has one all the same.
        let required = path == "_id" || self.property.node.requires(name);
        let link = self.links.get(path);
        Some(Self { property: Property { node, required, link }, links: self.links })
    }

    fn element(self, node: &'a Node) -> Self {
        Self { property: Property { node, required: true, link: None }, links: self.links }
    }

    fn names(self) -> impl Iterator<Item = &'a str> {
        self.property.node.properties.iter().flatten().map(|(name, _)| name.as_str())
    }
}

fn walk<'a>(
    title: &str,
    path: &str,
    old: Version<'a>,
    new: Version<'a>,
    see: &mut dyn FnMut(&PropertyPair<'a>),
) {
    let pair = |path: &str, old: Option<Version<'a>>, new: Option<Version<'a>>| PropertyPair {
        path: if path.is_empty() { title.to_owned() } else { format!("{title}.{path}") },
        is_primary_key: path == "_id",
        old: old.map(|version| version.property),
        new: new.map(|version| version.property),
    };
    see(&pair(path, Some(old), Some(new)));
    let below =
        |step: &str| if path.is_empty() { step.to_owned() } else { format!("{path}.{step}") };
    let names: BTreeSet<&str> = old.names().chain(new.names()).collect();
    for name in names {
        let path = below(name);
        match (old.child(name, &path), new.child(name, &path)) {
            (Some(old), Some(new)) => walk(title, &path, old, new, see),
            (old, new) => see(&pair(&path, old, new)),
        }
    }
    let (before, after) = (old.property.node, new.property.node);
    match (&before.items, &after.items) {
        (Some(Items::All(before)), Some(Items::All(after))) => {
            walk(title, &below("[]"), old.element(before), new.element(after), see);
        }
        (Some(Items::Each(before)), Some(Items::Each(after))) => {
            for (index, (before, after)) in before.iter().zip(after).enumerate() {
                let path = below(&format!("[{index}]"));
                walk(title, &path, old.element(before), new.element(after), see);
            }
        }
        // Their shapes differ.
        _ => {}
    }
    if let (Some(Additional::Values(before)), Some(Additional::Values(after))) =
        (&before.additional_properties, &after.additional_properties)
    {
        walk(title, &below("[]"), old.element(before), new.element(after), see);
    }
}

/// The kind of value that a node is about, without what is inside and what restricts it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shape<'a> {
    /// BSON types, sorted; none for any.
    types: BTreeSet<&'a str>,
    unique: bool,
    items: Elements,
    values: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Elements {
    Any,
    Alike,
    Each(usize),
}

impl<'a> Shape<'a> {
    pub(super) fn of(node: &'a Node) -> Self {
        let bson = |name: &'a String| match name.as_str() {
            "boolean" => "bool",
            other => other,
        };
        let types = match &node.types {
            // Where there are properties, the word may be left out.
            Types::Any if node.properties.is_some() => BTreeSet::from(["object"]),
            Types::Any => BTreeSet::new(),
            Types::Bson(name) | Types::Json(name) => BTreeSet::from([bson(name)]),
            Types::BsonUnion(names) | Types::JsonUnion(names) => names.iter().map(bson).collect(),
        };
        let items = match &node.items {
            None => Elements::Any,
            Some(Items::All(_)) => Elements::Alike,
            Some(Items::Each(items)) => Elements::Each(items.len()),
        };
        let unique = node.unique_items == Some(true);
        let values = matches!(node.additional_properties, Some(Additional::Values(_)));
        Self { types, unique, items, values }
    }
}

/// In the words of the documentation: `int`, `list`, `set`, `map`, `int or string`.
impl fmt::Display for Shape<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut types: Vec<&str> = self.types.iter().copied().collect();
        if types == ["array"] {
            return match (&self.items, self.unique) {
                (Elements::Each(length), _) => write!(f, "list of {length} types"),
                (_, true) => f.write_str("set"),
                (Elements::Any, false) => f.write_str("list of anything"),
                (Elements::Alike, false) => f.write_str("list"),
            };
        }
        if types == ["object"] && self.values {
            types = vec!["map"];
        }
        if types.is_empty() {
            types.push("any type");
        }
        f.write_str(&types.join(" or "))
    }
}
