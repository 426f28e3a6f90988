//! Links of a class that was read.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    DocumentError, DocumentProblem, Place,
    reader::{Reader, read_map},
};

/// Where the link at one path leads: an entry of a `relationships.json`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Relationship {
    /// `#/relationship/<data source>/<database>/<collection>`
    pub reference: String,
    /// Property of the target that the link holds; `_id` for everything that is synchronised.
    pub foreign_key: String,
    /// Whether the link stands in a list, set or map.
    pub is_list: bool,
    /// Keywords that mean nothing here.
    pub other: BTreeMap<String, Value>,
}

impl Relationship {
    /// The collection that is linked to, if the reference names one.
    #[must_use]
    pub fn target(&self) -> Option<Place> {
        let mut names = self.reference.strip_prefix("#/relationship/")?.splitn(3, '/');
        let mut name = || names.next().filter(|name| !name.is_empty()).map(str::to_owned);
        Some(Place { data_source: name()?, database: name()?, collection: name()? })
    }

    pub(super) fn read(pointer: &str, value: Value) -> Result<Self, DocumentError> {
        let mut reader = Reader::new(pointer, value)?;
        let missing = |keyword| DocumentError {
            pointer: pointer.to_owned(),
            problem: DocumentProblem::Missing(keyword),
        };
        Ok(Self {
            reference: reader.string("ref")?.ok_or_else(|| missing("ref"))?,
            foreign_key: reader.string("foreign_key")?.ok_or_else(|| missing("foreign_key"))?,
            is_list: reader.bool("is_list")?.ok_or_else(|| missing("is_list"))?,
            other: reader.rest(),
        })
    }

    pub(super) fn to_json(&self) -> Value {
        let mut node: Map<String, Value> = self.other.clone().into_iter().collect();
        node.insert("ref".into(), self.reference.as_str().into());
        node.insert("foreign_key".into(), self.foreign_key.as_str().into());
        node.insert("is_list".into(), self.is_list.into());
        node.into()
    }
}

/// Reads the content of a `relationships.json`.
pub(super) fn read_relationships(
    value: Value,
) -> Result<BTreeMap<String, Relationship>, DocumentError> {
    read_map("", value, Relationship::read)
}
