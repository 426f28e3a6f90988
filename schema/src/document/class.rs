//! A class that was read.

use std::{collections::BTreeMap, fmt};

use serde_json::{Map, Value, json};

use super::{
    DocumentError, DocumentProblem, Node, Relationship,
    reader::{Reader, expected},
    relationship::read_relationships,
};
use crate::{Granularity, ObjectSchema, TimeSeries};

/// Where the objects of a class land.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The App Services data source.
    pub data_source: String,
    /// The MongoDB database.
    pub database: String,
    /// The MongoDB collection.
    pub collection: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.data_source, self.database, self.collection)
    }
}

/// A class as an app directory, a server or a lock file describes it.
///
/// ```
/// use asymmetric_schema::{ClassDocument, Fingerprint, ObjectSchema, PropertySchema, PropertyType};
///
/// const PROPERTIES: &[PropertySchema] = &[PropertySchema::new("_id", PropertyType::ObjectId)];
/// const READING: ObjectSchema = ObjectSchema::new("Reading", PROPERTIES);
///
/// let document = ClassDocument::from(&READING);
/// assert_eq!(document.title(), "Reading");
/// assert_eq!(document.fingerprint(), Fingerprint::of(&READING));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ClassDocument {
    /// Where the objects land.
    pub place: Place,
    /// Whether the class is write-only: whether `asymmetric_tables` of the app lists it.
    pub asymmetric: bool,
    /// The schema.
    pub schema: Node,
    /// The links, by their path.
    pub relationships: BTreeMap<String, Relationship>,
    /// Options of the collection, if it is a time-series collection.
    pub time_series: Option<TimeSeries>,
}

impl ClassDocument {
    /// Reads a class: the content of a `schema.json` and of a `relationships.json`, where the class
    /// has one.
    ///
    /// The class is taken to be asymmetric and not to be a time series.
    pub fn from_json(
        place: Place,
        schema: Value,
        relationships: Option<Value>,
    ) -> Result<Self, DocumentError> {
        Ok(Self {
            place,
            asymmetric: true,
            schema: Node::from_json(schema)?,
            relationships: relationships.map(read_relationships).transpose()?.unwrap_or_default(),
            time_series: None,
        })
    }

    /// The class in a time-series collection with these options, or in an ordinary one.
    #[must_use]
    pub fn with_time_series(self, options: Option<TimeSeries>) -> Self {
        Self { time_series: options, ..self }
    }

    /// Name of the class. Where the schema names none, that of its collection.
    #[must_use]
    pub fn title(&self) -> &str {
        self.schema.title.as_deref().unwrap_or(&self.place.collection)
    }

    /// The links as the content of a `relationships.json`.
    #[must_use]
    pub fn relationships_to_json(&self) -> Value {
        let entries = self.relationships.iter();
        entries.map(|(path, link)| (path.clone(), link.to_json())).collect::<Map<_, _>>().into()
    }
}

impl From<&ObjectSchema> for ClassDocument {
    fn from(class: &ObjectSchema) -> Self {
        let place = Place {
            data_source: class.data_source.to_string(),
            database: class.database.to_string(),
            collection: class.collection.to_string(),
        };
        let relationships = class.relationships_to_json();
        let read = Self::from_json(place, class.to_json(), Some(relationships));
        let document = read.expect("what is written here is what is read here");
        Self { time_series: class.time_series.clone(), ..document }
    }
}

impl TimeSeries {
    /// The options as the content of a `time_series.json`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "granularity": self.granularity.as_str(),
            "meta": self.meta.as_deref(),
            "time": &*self.time,
        })
    }

    /// Reads the content of a `time_series.json`.
    pub fn from_json(value: Value) -> Result<Self, DocumentError> {
        let mut reader = Reader::new("", value)?;
        let time = reader.string("time")?.ok_or_else(|| DocumentError {
            pointer: String::new(),
            problem: DocumentProblem::Missing("time"),
        })?;
        let meta = match reader.take("meta") {
            None | Some(Value::Null) => None,
            Some(Value::String(name)) => Some(name),
            Some(other) => return Err(expected("/meta", "a string or null", &other)),
        };
        let granularity = match reader.string("granularity")? {
            None => Granularity::default(),
            Some(word) => *Granularity::ALL
                .iter()
                .find(|granularity| granularity.as_str() == word)
                .ok_or_else(|| {
                    expected("/granularity", "`seconds`, `minutes` or `hours`", &word.into())
                })?,
        };
        Ok(Self { time: time.into(), meta: meta.map(Into::into), granularity })
    }
}
