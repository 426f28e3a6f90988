//! The identity of one version of one class.

use std::{fmt, str::FromStr};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{ClassDocument, ObjectSchema, Place, TimeSeries, to_canonical_string};

/// SHA-256 over the canonical JSON of a class: its schema without descriptions, its relationships,
/// its place in MongoDB and its time-series options.
///
/// Two builds of a program that store a class in the same way have the same fingerprint for it,
/// whatever their doc comments say.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of a class.
    #[must_use]
    pub fn of(class: &ObjectSchema) -> Self {
        Self::of_parts(
            [&class.data_source, &class.database, &class.collection],
            &class.to_json_without_descriptions(),
            &class.relationships_to_json(),
            class.time_series.as_ref(),
        )
    }

    fn of_parts(
        [data_source, database, collection]: [&str; 3],
        schema: &Value,
        relationships: &Value,
        time_series: Option<&TimeSeries>,
    ) -> Self {
        let identity = json!({
            "collection": collection,
            "data_source": data_source,
            "database": database,
            "relationships": relationships,
            "schema": schema,
            "time_series": time_series.map(TimeSeries::to_json),
        });
        Self(Sha256::digest(to_canonical_string(&identity)).into())
    }

    /// The fingerprint with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes of the hash.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl ClassDocument {
    /// The fingerprint of the class: that of the program whose class it describes.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let Place { data_source, database, collection } = &self.place;
        Fingerprint::of_parts(
            [data_source, database, collection],
            &self.schema.to_json_without_descriptions(),
            &self.relationships_to_json(),
            self.time_series.as_ref(),
        )
    }
}

/// The text is not a fingerprint: 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseFingerprintError;

impl fmt::Display for ParseFingerprintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fingerprint has 64 hexadecimal digits")
    }
}

impl std::error::Error for ParseFingerprintError {}

impl FromStr for Fingerprint {
    type Err = ParseFingerprintError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut digits = text.chars().map(|digit| digit.to_digit(16));
        let mut nibble = || digits.next().flatten().ok_or(ParseFingerprintError);
        let mut bytes = [0; 32];
        for byte in &mut bytes {
            let (high, low) = (nibble()?, nibble()?);
            *byte = u8::try_from(high << 4 | low).map_err(|_| ParseFingerprintError)?;
        }
        if digits.next().is_some() { Err(ParseFingerprintError) } else { Ok(Self(bytes)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PropertySchema, PropertyType};

    const PROPERTIES: &[PropertySchema] = &[PropertySchema::new("_id", PropertyType::ObjectId)];
    const CLASS: ObjectSchema = ObjectSchema::new("Reading", PROPERTIES);

    #[test]
    fn text_form_reads_back() {
        let fingerprint = Fingerprint::of(&CLASS);
        assert_eq!(fingerprint.to_string().parse(), Ok(fingerprint));
        assert_eq!("12".parse::<Fingerprint>(), Err(ParseFingerprintError));
        assert_eq!(format!("{fingerprint}0").parse::<Fingerprint>(), Err(ParseFingerprintError));
    }

    #[test]
    fn descriptions_do_not_change_the_fingerprint_but_the_place_does() {
        let mut described = CLASS;
        described.description = Some("A reading.".to_owned().into());
        assert_eq!(Fingerprint::of(&described), Fingerprint::of(&CLASS));

        let mut moved = CLASS;
        moved.database = "elsewhere".to_owned().into();
        assert_ne!(Fingerprint::of(&moved), Fingerprint::of(&CLASS));
    }

    #[test]
    fn the_fingerprint_of_a_class_never_changes() {
        // Computed once and committed: devices in the field announce it.
        let expected = "fb9cb8fc31a98f886f2acfa2346b6531fc9a1ddc8ebbc09b9f1b71e35146729d";
        assert_eq!(Fingerprint::of(&CLASS).to_string(), expected);
    }
}
