//! The classes that a device announces, as App Services schemas.
//!
//! The first time that a class is in a device's file, a changeset announces it and its properties;
//! later ones announce what is added. A gateway in development mode learns its classes from there.

mod compare;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use crate::changeset::{
    CollectionType, ColumnType, Instruction, KeyType, PrimaryKeyColumn, TableType, ValueType,
};

pub use compare::{Difference, Mismatch};

/// Name of the property that every object is identified by.
const PRIMARY_KEY: &str = "_id";
/// How many properties a schema may have, those of embedded objects included. Classes that embed
/// each other in all ways become a schema far larger than what announces them.
const MAX_PROPERTIES: usize = 10_000;
/// How deep embedded classes are followed.
const MAX_DEPTH: usize = 16;

/// The classes that a device has announced so far.
#[derive(Clone, Debug, Default)]
pub struct Announcements {
    classes: BTreeMap<String, Class>,
}

#[derive(Clone, Debug, Default)]
struct Class {
    kind: Kind,
    columns: BTreeMap<String, Column>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Kind {
    /// Only its properties were announced; the class was known before.
    #[default]
    Unknown,
    Embedded,
    Ordinary(PrimaryKey),
    Asymmetric(PrimaryKey),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PrimaryKey {
    kind: KeyType,
    nullable: bool,
}

impl PrimaryKey {
    fn of(column: &PrimaryKeyColumn<'_>) -> Self {
        Self { kind: column.kind, nullable: column.nullable }
    }
}

#[derive(Clone, Debug)]
struct Column {
    /// Name of the App Services type; `None` for a link.
    bson_type: Option<&'static str>,
    /// The class that a link leads to.
    target: Option<String>,
    nullable: bool,
    collection: Option<CollectionType>,
}

impl Announcements {
    /// Takes in an instruction. Those about objects change nothing.
    pub fn apply(&mut self, instruction: &Instruction<'_>) {
        match instruction {
            Instruction::AddTable { table, kind } => {
                self.class(table).kind = match kind {
                    TableType::Embedded => Kind::Embedded,
                    TableType::Ordinary(key) => Kind::Ordinary(PrimaryKey::of(key)),
                    TableType::Asymmetric(key) => Kind::Asymmetric(PrimaryKey::of(key)),
                };
            }
            Instruction::EraseTable { table } => {
                self.classes.remove(*table);
            }
            Instruction::AddColumn { table, field, kind } => {
                self.class(table).columns.insert((*field).to_owned(), Column::of(kind));
            }
            Instruction::EraseColumn { table, field } => {
                self.class(table).columns.remove(*field);
            }
            _ => {}
        }
    }

    /// Whether nothing was announced.
    pub fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }

    /// Names of the asymmetric classes.
    pub fn asymmetric_classes(&self) -> BTreeSet<&str> {
        let asymmetric = |class: &Class| matches!(class.kind, Kind::Asymmetric(_));
        self.classes
            .iter()
            .filter(|(_, class)| asymmetric(class))
            .map(|(name, _)| name.as_str())
            .collect()
    }

    /// App Services schemas of the classes that have documents of their own, by name. Embedded
    /// classes are inside those that hold them, except inside themselves.
    pub fn schemas(&self) -> BTreeMap<&str, Json> {
        self.classes
            .iter()
            .filter_map(|(name, class)| {
                let (Kind::Ordinary(key) | Kind::Asymmetric(key)) = class.kind else { return None };
                Some((name.as_str(), self.writer().object(name, class, Some(key))))
            })
            .collect()
    }

    /// Properties that were announced of classes that were not: another server, or an earlier upload,
    /// was told of those. Schemas without `_id`, by name.
    pub fn additions(&self) -> BTreeMap<&str, Json> {
        self.classes
            .iter()
            .filter(|(_, class)| class.kind == Kind::Unknown && !class.columns.is_empty())
            .map(|(name, class)| (name.as_str(), self.writer().object(name, class, None)))
            .collect()
    }

    fn writer(&self) -> Writer<'_> {
        Writer { classes: &self.classes, within: Vec::new(), left: MAX_PROPERTIES }
    }

    fn class(&mut self, name: &str) -> &mut Class {
        if !self.classes.contains_key(name) {
            self.classes.insert(name.to_owned(), Class::default());
        }
        self.classes.get_mut(name).expect("it was there, or was inserted")
    }
}

/// Writes the schema of one class.
struct Writer<'a> {
    classes: &'a BTreeMap<String, Class>,
    /// Names of the embedded classes around.
    within: Vec<&'a str>,
    /// How many properties may follow.
    left: usize,
}

impl<'a> Writer<'a> {
    fn object(&mut self, name: &str, class: &'a Class, key: Option<PrimaryKey>) -> Json {
        let mut properties = Map::new();
        let mut required = Vec::new();
        if let Some(key) = key {
            properties.insert(PRIMARY_KEY.to_owned(), json!({ "bsonType": key_type(key.kind) }));
            if !key.nullable {
                required.push(json!(PRIMARY_KEY));
            }
        }
        for (field, column) in &class.columns {
            properties.insert(field.clone(), self.property(column));
            // Devices say nothing of empty collections, so those are never required.
            if !column.nullable && column.collection.is_none() {
                required.push(json!(field));
            }
        }
        let mut object = Map::new();
        object.insert("title".to_owned(), json!(name));
        object.insert("bsonType".to_owned(), json!("object"));
        if !required.is_empty() {
            object.insert("required".to_owned(), Json::Array(required));
        }
        object.insert("properties".to_owned(), Json::Object(properties));
        Json::Object(object)
    }

    fn property(&mut self, column: &'a Column) -> Json {
        let value = self.value(column);
        match column.collection {
            None => value,
            Some(CollectionType::List) => json!({ "bsonType": "array", "items": value }),
            Some(CollectionType::Set) => {
                json!({ "bsonType": "array", "uniqueItems": true, "items": value })
            }
            Some(CollectionType::Dictionary) => {
                json!({ "bsonType": "object", "additionalProperties": value })
            }
        }
    }

    fn value(&mut self, column: &'a Column) -> Json {
        if let Some(bson_type) = column.bson_type {
            return json!({ "bsonType": bson_type });
        }
        let target = column.target.as_deref().unwrap_or_default();
        match self.classes.get(target) {
            Some(class) if self.may_embed(target, class) => {
                self.left -= class.columns.len();
                self.within.push(target);
                let object = self.object(target, class, None);
                self.within.pop();
                object
            }
            Some(Class { kind: Kind::Ordinary(key) | Kind::Asymmetric(key), .. }) => {
                json!({ "bsonType": key_type(key.kind) })
            }
            // An embedded class that was announced to another server, or one without an end.
            _ => json!({ "title": target, "bsonType": "object" }),
        }
    }

    fn may_embed(&self, name: &str, class: &Class) -> bool {
        class.kind == Kind::Embedded
            && !self.within.contains(&name)
            && self.within.len() < MAX_DEPTH
            && class.columns.len() <= self.left
    }
}

impl Column {
    fn of(column: &ColumnType<'_>) -> Self {
        let (bson_type, target) = match column.value {
            None => (Some("mixed"), None),
            Some(ValueType::Link(target)) => (None, Some(target.to_owned())),
            Some(ValueType::Int) => (Some("long"), None),
            Some(ValueType::Bool) => (Some("bool"), None),
            Some(ValueType::String) => (Some("string"), None),
            Some(ValueType::Binary) => (Some("binData"), None),
            Some(ValueType::Timestamp) => (Some("date"), None),
            Some(ValueType::Float) => (Some("float"), None),
            Some(ValueType::Double) => (Some("double"), None),
            Some(ValueType::Decimal) => (Some("decimal"), None),
            Some(ValueType::ObjectId) => (Some("objectId"), None),
            Some(ValueType::Uuid) => (Some("uuid"), None),
        };
        let ColumnType { nullable, collection, .. } = *column;
        Self { bson_type, target, nullable, collection }
    }
}

const fn key_type(kind: KeyType) -> &'static str {
    match kind {
        KeyType::Int => "long",
        KeyType::String => "string",
        KeyType::ObjectId => "objectId",
        KeyType::Uuid => "uuid",
    }
}
