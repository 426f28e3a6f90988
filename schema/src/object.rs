//! Classes, embedded classes, and the set of classes of a realm.

use crate::{PropertySchema, Shared, shared::set};

/// Longest title App Services accepts for a class, in bytes of UTF-8.
pub const MAX_TITLE_BYTES: usize = 57;

/// Data source of a class that names none: the name App Services gives to a linked cluster.
pub const DEFAULT_DATA_SOURCE: &str = "mongodb-atlas";

/// Database of a class that names none.
pub const DEFAULT_DATABASE: &str = "app";

/// The properties of an embedded class.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct EmbeddedSchema {
    /// Name of the class, unique within a realm.
    pub title: Shared<str>,
    /// What an object of the class is, for people.
    pub description: Option<Shared<str>>,
    /// The properties in the order of declaration, which is also the order in the documents.
    pub properties: Shared<[PropertySchema]>,
}

impl EmbeddedSchema {
    /// An embedded class with these properties.
    #[must_use]
    pub const fn new(title: &'static str, properties: &'static [PropertySchema]) -> Self {
        Self {
            title: Shared::Static(title),
            description: None,
            properties: Shared::Static(properties),
        }
    }

    /// Says what an object of the class is, for people.
    #[must_use]
    pub const fn described(mut self, description: &'static str) -> Self {
        set(&mut self.description, Some(Shared::Static(description)));
        self
    }
}

/// How densely measurements of one source are expected in a time-series collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Granularity {
    /// One every few seconds; MongoDB's default.
    #[default]
    Seconds,
    /// One every few minutes.
    Minutes,
    /// One every few hours.
    Hours,
}

impl Granularity {
    pub(crate) const ALL: [Self; 3] = [Self::Seconds, Self::Minutes, Self::Hours];

    /// The word MongoDB uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Minutes => "minutes",
            Self::Hours => "hours",
        }
    }
}

/// Options of a time-series collection.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeSeries {
    /// Persisted name of the date property that orders the measurements.
    pub time: Shared<str>,
    /// Persisted name of the property that names the source of a measurement.
    pub meta: Option<Shared<str>>,
    /// Expected density.
    pub granularity: Granularity,
}

/// An asymmetric class: its properties, and where its objects land in MongoDB.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ObjectSchema {
    /// Name of the class, unique within a realm, at most [`MAX_TITLE_BYTES`].
    pub title: Shared<str>,
    /// What an object of the class is, for people.
    pub description: Option<Shared<str>>,
    /// Name of the App Services data source.
    pub data_source: Shared<str>,
    /// Name of the MongoDB database.
    pub database: Shared<str>,
    /// Name of the MongoDB collection.
    pub collection: Shared<str>,
    /// Options, if the collection is a time-series collection.
    pub time_series: Option<TimeSeries>,
    /// The properties in the order of declaration, which is also the order in the documents.
    pub properties: Shared<[PropertySchema]>,
}

impl ObjectSchema {
    /// A class in the default data source and database, in a collection of its own name.
    #[must_use]
    pub const fn new(title: &'static str, properties: &'static [PropertySchema]) -> Self {
        Self {
            title: Shared::Static(title),
            description: None,
            data_source: Shared::Static(DEFAULT_DATA_SOURCE),
            database: Shared::Static(DEFAULT_DATABASE),
            collection: Shared::Static(title),
            time_series: None,
            properties: Shared::Static(properties),
        }
    }

    /// Says what an object of the class is, for people.
    #[must_use]
    pub const fn described(mut self, description: &'static str) -> Self {
        set(&mut self.description, Some(Shared::Static(description)));
        self
    }

    /// Puts the objects into another data source.
    #[must_use]
    pub const fn in_data_source(mut self, name: &'static str) -> Self {
        set(&mut self.data_source, Shared::Static(name));
        self
    }

    /// Puts the objects into another database.
    #[must_use]
    pub const fn in_database(mut self, name: &'static str) -> Self {
        set(&mut self.database, Shared::Static(name));
        self
    }

    /// Puts the objects into a collection that is not named like the class.
    #[must_use]
    pub const fn in_collection(mut self, name: &'static str) -> Self {
        set(&mut self.collection, Shared::Static(name));
        self
    }

    /// Makes the collection a time-series collection.
    #[must_use]
    pub const fn as_time_series(mut self, options: TimeSeries) -> Self {
        set(&mut self.time_series, Some(options));
        self
    }

    /// The property whose persisted name is `_id`.
    #[must_use]
    pub fn primary_key(&self) -> Option<&PropertySchema> {
        self.properties.iter().find(|property| &*property.name == "_id")
    }
}

/// The set of classes a realm may hold.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RealmSchema {
    /// The classes in the order of declaration.
    pub classes: Shared<[ObjectSchema]>,
}

impl RealmSchema {
    /// A realm schema of these classes.
    #[must_use]
    pub const fn new(classes: &'static [ObjectSchema]) -> Self {
        Self { classes: Shared::Static(classes) }
    }

    /// The class with this title.
    #[must_use]
    pub fn class(&self, title: &str) -> Option<&ObjectSchema> {
        self.classes.iter().find(|class| &*class.title == title)
    }
}

/// A realm schema as a type: what `realm_schema!` of the crate `asymmetric` makes.
///
/// It lives here, and not with the other traits of the model, because a build script exports by it
/// and should need no more than this crate for that.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no realm schema",
    label = "not made by `realm_schema!`",
    note = "declare one: `realm_schema! {{ pub struct Telemetry = [WeatherSensor]; }}`"
)]
pub trait Schema: 'static {
    /// The classes that a realm of this schema may hold.
    const REALM: RealmSchema;
}
