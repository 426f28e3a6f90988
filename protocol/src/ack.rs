//! The answer to a batch.

use std::fmt;

use asymmetric_schema::Fingerprint;
use serde::{Deserialize, Serialize};

use crate::SequenceNumber;

/// What became of the objects of a batch: the JSON body of a successful upload.
///
/// Every object of the batch is either inside one of the acknowledged ranges or among the
/// rejected; what is in neither stays in the outbox and is sent again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// Ranges whose objects the server has made durable, first and last sequence number included.
    pub acknowledged: Vec<(SequenceNumber, SequenceNumber)>,
    /// Objects that the server refuses for good.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rejected: Vec<Rejection>,
    /// How long the client shall wait before its next batch, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backoff_ms: Option<u64>,
    /// Classes that the server does not know and would learn: their objects are left open, and the
    /// client sends them again at once, with the schemas.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "fingerprints")]
    pub announce: Vec<Fingerprint>,
}

/// Fingerprints as JSON: hexadecimal digits. Those that cannot be read are asked for in vain.
mod fingerprints {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Fingerprint;

    pub(super) fn serialize<S: Serializer>(
        fingerprints: &[Fingerprint],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(fingerprints.iter().map(ToString::to_string))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Fingerprint>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        Ok(texts.iter().filter_map(|text| text.parse().ok()).collect())
    }
}

impl Acknowledgement {
    /// Adds one object to the acknowledged ranges. Objects come in ascending order.
    pub fn acknowledge(&mut self, sequence: SequenceNumber) {
        match self.acknowledged.last_mut() {
            Some((_, last)) if last.after(1) == sequence => *last = sequence,
            _ => self.acknowledged.push((sequence, sequence)),
        }
    }
}

/// One object that the server refuses for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// Position of the object in its outbox.
    pub sequence: SequenceNumber,
    /// Which kind of refusal it is.
    pub code: RejectionCode,
    /// Why, for people.
    pub reason: String,
}

/// Why an object was refused, in a word that programs may rely on.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum RejectionCode {
    /// The document does not satisfy the schema of its class.
    SchemaValidationFailed,
    /// The class changed in a way that a server in development mode does not learn.
    SchemaChangeRefused,
    /// No role of the user may insert the document.
    WriteNotAllowed,
    /// The app has no class of this name.
    UnknownClass,
    /// The bytes are not a BSON document with an `_id`.
    MalformedDocument,
    /// MongoDB refuses the document.
    StoreRefused,
    /// A code of a newer server.
    Other(String),
}

impl RejectionCode {
    const NAMED: [(Self, &'static str); 6] = [
        (Self::SchemaValidationFailed, "schema_validation_failed"),
        (Self::SchemaChangeRefused, "schema_change_refused"),
        (Self::WriteNotAllowed, "write_not_allowed"),
        (Self::UnknownClass, "unknown_class"),
        (Self::MalformedDocument, "malformed_document"),
        (Self::StoreRefused, "store_refused"),
    ];

    /// The word on the wire, in metrics and in `docs/protocol.md`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Other(code) => code,
            named => {
                Self::NAMED.iter().find(|(code, _)| code == named).map_or("", |(_, word)| word)
            }
        }
    }
}

impl fmt::Display for RejectionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<String> for RejectionCode {
    fn from(word: String) -> Self {
        let named = Self::NAMED.into_iter().find(|(_, known)| *known == word);
        named.map_or(Self::Other(word), |(code, _)| code)
    }
}

impl From<RejectionCode> for String {
    fn from(code: RejectionCode) -> Self {
        code.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_of_an_acknowledgement_never_changes() {
        let mut ack = Acknowledgement::default();
        for sequence in [1, 2, 3, 5] {
            ack.acknowledge(SequenceNumber::new(sequence));
        }
        assert_eq!(serde_json::to_string(&ack).unwrap(), r#"{"acknowledged":[[1,3],[5,5]]}"#);

        ack.backoff_ms = Some(250);
        ack.rejected.push(Rejection {
            sequence: SequenceNumber::new(4),
            code: RejectionCode::SchemaValidationFailed,
            reason: "no".into(),
        });
        let json = r#"{"acknowledged":[[1,3],[5,5]],"rejected":[{"sequence":4,"code":"schema_validation_failed","reason":"no"}],"backoff_ms":250}"#;
        assert_eq!(serde_json::to_string(&ack).unwrap(), json);
        assert_eq!(serde_json::from_str::<Acknowledgement>(json).unwrap(), ack);

        let ask = Acknowledgement {
            announce: vec![Fingerprint::from_bytes([0xab; 32])],
            ..Acknowledgement::default()
        };
        let digits = "ab".repeat(32);
        let json = format!(r#"{{"acknowledged":[],"announce":["{digits}"]}}"#);
        assert_eq!(serde_json::to_string(&ask).unwrap(), json);
        assert_eq!(serde_json::from_str::<Acknowledgement>(&json).unwrap(), ask);
    }

    #[test]
    fn every_code_has_a_word_and_unknown_words_are_kept() {
        for (code, word) in RejectionCode::NAMED {
            assert_eq!(code.as_str(), word);
            assert_eq!(RejectionCode::from(word.to_owned()), code);
        }
        let newer = RejectionCode::from("moon_phase".to_owned());
        assert_eq!(newer, RejectionCode::Other("moon_phase".into()));
        assert_eq!(newer.as_str(), "moon_phase");
    }
}
