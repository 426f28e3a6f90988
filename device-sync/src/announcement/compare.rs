//! Announced classes, held against the schemas of an app.

use std::fmt;

use serde_json::Value as Json;

use super::{Announcements, Class, Column, Kind, PRIMARY_KEY, key_type};
use crate::changeset::CollectionType;

/// A property that a device has otherwise than the schema of the app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Its name, behind those of the embedded objects that it is in: `wind.speed`.
    pub property: String,
    /// What is different.
    pub difference: Difference,
}

/// What is different between a device and the schema of its app.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Difference {
    /// The schema does not have it.
    Unknown,
    /// The schema requires it, and the device does not have it.
    Missing,
    /// They have it with different types, which are named as App Services does.
    Type {
        /// That of the device.
        device: String,
        /// That of the schema.
        app: String,
    },
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let property = &self.property;
        match &self.difference {
            Difference::Unknown => write!(f, "the app's schema has no property `{property}`"),
            Difference::Missing => write!(
                f,
                "the app's schema requires the property `{property}`, which the device does not have"
            ),
            Difference::Type { device, app } => write!(
                f,
                "the property `{property}` is {device} on the device, and {app} in the app's schema"
            ),
        }
    }
}

impl Announcements {
    /// Names of all classes that something was announced of.
    pub fn classes(&self) -> impl Iterator<Item = &str> {
        self.classes.keys().map(String::as_str)
    }

    /// Whether this class was announced as an asymmetric one.
    pub fn is_asymmetric(&self, class: &str) -> bool {
        self.classes.get(class).is_some_and(|class| matches!(class.kind, Kind::Asymmetric(_)))
    }

    /// What was announced of a class otherwise than its App Services schema says. Whether a value may
    /// be absent is not compared: a device's word is the objects that it sends.
    pub fn mismatches(&self, class: &str, schema: &Json) -> Vec<Mismatch> {
        let mut comparison = Comparison { announced: self, mismatches: Vec::new() };
        if let Some(class) = self.classes.get(class) {
            comparison.class(class, schema, "");
        }
        comparison.mismatches
    }
}

struct Comparison<'a> {
    announced: &'a Announcements,
    mismatches: Vec<Mismatch>,
}

impl Comparison<'_> {
    fn class(&mut self, class: &Class, schema: &Json, within: &str) {
        let property = |name: &str| schema.get("properties").and_then(|all| all.get(name));
        if let (Kind::Ordinary(key) | Kind::Asymmetric(key), Some(schema)) =
            (&class.kind, property(PRIMARY_KEY))
        {
            self.scalar(key_type(key.kind), schema, PRIMARY_KEY);
        }
        for (name, column) in &class.columns {
            let path = format!("{within}{name}");
            match property(name) {
                Some(schema) => self.column(column, schema, &path),
                None => self.found(&path, Difference::Unknown),
            }
        }
        if class.kind == Kind::Unknown {
            // The rest of it was announced to another server.
            return;
        }
        let required = schema.get("required").and_then(Json::as_array);
        for name in required.into_iter().flatten().filter_map(Json::as_str) {
            if name != PRIMARY_KEY && !class.columns.contains_key(name) {
                self.found(&format!("{within}{name}"), Difference::Missing);
            }
        }
    }

    fn column(&mut self, column: &Column, schema: &Json, path: &str) {
        let inside = match column.collection {
            None => Some(schema),
            Some(CollectionType::List | CollectionType::Set) => {
                self.scalar("array", schema, path).then(|| schema.get("items")).flatten()
            }
            Some(CollectionType::Dictionary) => self
                .scalar("object", schema, path)
                .then(|| schema.get("additionalProperties"))
                .flatten(),
        };
        let Some(schema) = inside else { return };
        if let Some(bson_type) = column.bson_type {
            self.scalar(bson_type, schema, path);
            return;
        }
        let target = column.target.as_deref().and_then(|name| self.announced.classes.get(name));
        // One that was announced to another server may be embedded or not.
        let Some(target) = target else { return };
        match &target.kind {
            // The schema of the app ends somewhere, however classes embed each other.
            Kind::Embedded => {
                if self.scalar("object", schema, path) && schema.get("properties").is_some() {
                    self.class(target, schema, &format!("{path}."));
                }
            }
            Kind::Ordinary(key) | Kind::Asymmetric(key) => {
                self.scalar(key_type(key.kind), schema, path);
            }
            Kind::Unknown => {}
        }
    }

    /// Whether the schema takes values of this type.
    fn scalar(&mut self, device: &str, schema: &Json, path: &str) -> bool {
        let types = types(schema);
        let fits = types.is_empty() || types.iter().any(|app| takes(app, device));
        if !fits {
            let (device, app) = (device.to_owned(), types.join(" or "));
            self.found(path, Difference::Type { device, app });
        }
        fits
    }

    fn found(&mut self, property: &str, difference: Difference) {
        self.mismatches.push(Mismatch { property: property.to_owned(), difference });
    }
}

/// The types that a schema names; none, if it takes all.
fn types(schema: &Json) -> Vec<&str> {
    match schema.get("bsonType").or_else(|| schema.get("type")) {
        Some(Json::String(name)) => vec![name],
        Some(Json::Array(names)) => names.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Whether a value of a type that devices have is one of a type that schemas have.
fn takes(app: &str, device: &str) -> bool {
    match app {
        "mixed" => true,
        "number" => matches!(device, "long" | "float" | "double" | "decimal"),
        "int" => device == "long",
        "float" | "double" => matches!(device, "float" | "double"),
        "boolean" => device == "bool",
        app => app == device,
    }
}
