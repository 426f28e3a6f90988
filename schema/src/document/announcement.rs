//! A class with all that makes it up, as one value: what a device says of a class that a server
//! does not know.

use serde_json::{Value, json};

use super::{ClassDocument, DocumentError, DocumentProblem, Place, reader::Reader};
use crate::TimeSeries;

impl ClassDocument {
    /// The class as one value: what its fingerprint is taken of, and the descriptions of its schema.
    ///
    /// ```
    /// use asymmetric_schema::{ClassDocument, ObjectSchema, PropertySchema, PropertyType};
    ///
    /// const PROPERTIES: &[PropertySchema] = &[PropertySchema::new("_id", PropertyType::ObjectId)];
    /// const READING: ObjectSchema = ObjectSchema::new("Reading", PROPERTIES);
    ///
    /// let document = ClassDocument::from(&READING);
    /// let announced = ClassDocument::from_announcement(document.to_announcement())?;
    /// assert_eq!(announced, document);
    /// # Ok::<_, asymmetric_schema::DocumentError>(())
    /// ```
    #[must_use]
    pub fn to_announcement(&self) -> Value {
        json!({
            "collection": self.place.collection,
            "data_source": self.place.data_source,
            "database": self.place.database,
            "relationships": self.relationships_to_json(),
            "schema": self.schema.to_json(),
            "time_series": self.time_series.as_ref().map(TimeSeries::to_json),
        })
    }

    /// Reads what [`to_announcement`](Self::to_announcement) wrote. The class is asymmetric.
    pub fn from_announcement(value: Value) -> Result<Self, DocumentError> {
        let missing = |keyword| DocumentError {
            pointer: String::new(),
            problem: DocumentProblem::Missing(keyword),
        };
        let mut reader = Reader::new("", value)?;
        let mut name =
            |keyword: &'static str| reader.string(keyword)?.ok_or_else(|| missing(keyword));
        let place = Place {
            data_source: name("data_source")?,
            database: name("database")?,
            collection: name("collection")?,
        };
        let schema = reader.take("schema").ok_or_else(|| missing("schema"))?;
        let relationships = reader.take("relationships");
        let time_series = reader.take("time_series").filter(|options| !options.is_null());
        let class = Self::from_json(place, schema, relationships)?;
        Ok(Self { time_series: time_series.map(TimeSeries::from_json).transpose()?, ..class })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fingerprint, Granularity, ObjectSchema, PropertySchema, PropertyType};

    #[test]
    fn an_announced_class_keeps_its_fingerprint_and_its_descriptions() {
        const PROPERTIES: &[PropertySchema] = &[
            PropertySchema::new("_id", PropertyType::ObjectId),
            PropertySchema::new("at", PropertyType::Date),
        ];
        let mut class = ObjectSchema::new("Reading", PROPERTIES);
        class.description = Some("What a station reads.".to_owned().into());
        class.time_series = Some(TimeSeries {
            time: "at".to_owned().into(),
            meta: None,
            granularity: Granularity::Minutes,
        });
        let announcement = ClassDocument::from(&class).to_announcement();
        assert_eq!(announcement["schema"]["description"], "What a station reads.");
        let read = ClassDocument::from_announcement(announcement).unwrap();
        assert_eq!(read.fingerprint(), Fingerprint::of(&class));
        assert_eq!(read.time_series, class.time_series);
    }

    #[test]
    fn what_lacks_a_part_is_no_announcement() {
        let whole = json!({
            "collection": "c", "data_source": "s", "database": "d", "relationships": {},
            "schema": { "title": "C", "bsonType": "object" }, "time_series": null,
        });
        assert!(ClassDocument::from_announcement(whole.clone()).is_ok());
        for part in ["collection", "data_source", "database", "schema"] {
            let mut cut = whole.clone();
            cut.as_object_mut().unwrap().remove(part);
            let error = ClassDocument::from_announcement(cut).unwrap_err();
            assert!(matches!(error.problem, DocumentProblem::Missing(what) if what == part));
        }
        assert!(ClassDocument::from_announcement(json!([])).is_err());
    }
}
