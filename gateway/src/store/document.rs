//! Documents that were checked once and are trusted from then on.

use bson::{Bson, RawDocument, RawDocumentBuf, raw::RawBsonRef};
use bytes::Bytes;
use serde::{Serialize, Serializer};

/// Largest document MongoDB stores, in bytes.
pub(crate) const MAX_DOCUMENT_BYTES: usize = asymmetric_protocol::limits::MAX_OBJECT_BYTES;

/// Deepest nesting that MongoDB documents.
const MAX_DEPTH: usize = 100;

/// A well-formed BSON document with a usable `_id`.
///
/// Holds a slice of the message it arrived in; nothing is copied or decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    bytes: Bytes,
}

impl Document {
    /// Walks all of `bytes`, nested documents and arrays included.
    pub fn check(bytes: Bytes) -> Result<Self, MalformedDocument> {
        let document = RawDocument::from_bytes(&bytes).map_err(MalformedDocument::Bson)?;
        let mut ids = 0;
        for element in document {
            let (name, value) = element.map_err(MalformedDocument::Bson)?;
            if name == "_id" {
                ids += 1;
                check_id(value)?;
            }
            check_value(value, 1)?;
        }
        match ids {
            0 => Err(MalformedDocument::NoId),
            1 => Ok(Self { bytes }),
            _ => Err(MalformedDocument::ManyIds),
        }
    }

    /// The BSON.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The BSON as the library's view of it.
    #[must_use]
    pub fn as_raw(&self) -> &RawDocument {
        RawDocument::from_bytes(&self.bytes).expect("checked when it was made")
    }

    /// The `_id`.
    #[must_use]
    pub fn id(&self) -> RawBsonRef<'_> {
        let id = self.as_raw().get("_id").expect("checked when it was made");
        id.expect("checked when it was made")
    }
}

/// As the bytes it is, where the serialiser allows that.
impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_raw().serialize(serializer)
    }
}

/// A record of the gateway: it has an `_id` of a scalar type by construction of its type.
impl TryFrom<RawDocumentBuf> for Document {
    type Error = MalformedDocument;

    fn try_from(document: RawDocumentBuf) -> Result<Self, Self::Error> {
        Self::check(document.into_bytes().into())
    }
}

fn check_id(id: RawBsonRef<'_>) -> Result<(), MalformedDocument> {
    match id {
        RawBsonRef::Array(_) => Err(MalformedDocument::IdType("an array")),
        RawBsonRef::RegularExpression(_) => Err(MalformedDocument::IdType("a regular expression")),
        RawBsonRef::Undefined => Err(MalformedDocument::IdType("undefined")),
        _ => Ok(()),
    }
}

fn check_value(value: RawBsonRef<'_>, depth: usize) -> Result<(), MalformedDocument> {
    let nested = match value {
        RawBsonRef::Document(document) => document.iter(),
        RawBsonRef::Array(array) => {
            return check_depth(depth).and_then(|()| {
                array.into_iter().try_for_each(|value| {
                    check_value(value.map_err(MalformedDocument::Bson)?, depth + 1)
                })
            });
        }
        RawBsonRef::JavaScriptCodeWithScope(code) => code.scope.iter(),
        _ => return Ok(()),
    };
    check_depth(depth)?;
    for element in nested {
        let (_, value) = element.map_err(MalformedDocument::Bson)?;
        check_value(value, depth + 1)?;
    }
    Ok(())
}

fn check_depth(depth: usize) -> Result<(), MalformedDocument> {
    if depth < MAX_DEPTH { Ok(()) } else { Err(MalformedDocument::Depth) }
}

/// The document with only this `_id`, which is what a lookup needs of one.
pub(crate) fn id_document(id: impl Into<Bson>) -> Result<RawDocumentBuf, MalformedDocument> {
    let document = bson::doc! { "_id": id.into() };
    let document = RawDocumentBuf::try_from(&document).map_err(MalformedDocument::Bson)?;
    Ok(document)
}

/// Bytes that are no document MongoDB could store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MalformedDocument {
    /// The bytes are not BSON.
    #[error("the bytes are not a BSON document: {0}")]
    Bson(bson::error::Error),
    /// There is no `_id`.
    #[error("the document has no `_id`")]
    NoId,
    /// There is more than one `_id`.
    #[error("the document has more than one `_id`")]
    ManyIds,
    /// The `_id` is of a type that no index allows.
    #[error("the `_id` is {0}")]
    IdType(&'static str),
    /// Deeper than MongoDB allows.
    #[error("the document is nested more than {MAX_DEPTH} levels deep")]
    Depth,
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::{cstr, rawdoc};

    fn check(document: RawDocumentBuf) -> Result<Document, MalformedDocument> {
        Document::try_from(document)
    }

    fn nested(levels: usize) -> RawDocumentBuf {
        let inner = (0..levels).fold(rawdoc! {}, |inner, _| rawdoc! { "a": inner });
        let mut document = rawdoc! { "_id": 1 };
        document.append(cstr!("n"), inner);
        document
    }

    #[test]
    fn a_document_needs_exactly_one_id_of_a_usable_type() {
        assert!(matches!(check(rawdoc! { "a": 1 }), Err(MalformedDocument::NoId)));
        let mut twice = rawdoc! { "_id": 1 };
        twice.append(cstr!("_id"), 2);
        assert!(matches!(check(twice), Err(MalformedDocument::ManyIds)));
        assert!(matches!(check(rawdoc! { "_id": [1] }), Err(MalformedDocument::IdType(_))));
        assert!(check(rawdoc! { "n": 1, "_id": "late" }).is_ok());
    }

    #[test]
    fn damage_inside_nested_values_is_found() {
        let document = rawdoc! { "_id": 1, "a": { "b": ["text"] } };
        let mut bytes = document.into_bytes();
        let place = bytes.windows(4).position(|window| window == b"text").unwrap();
        bytes[place] = 0xff;
        assert!(matches!(Document::check(bytes.into()), Err(MalformedDocument::Bson(_))));
    }

    #[test]
    fn nesting_is_bounded() {
        assert!(check(nested(MAX_DEPTH - 2)).is_ok());
        assert!(matches!(check(nested(MAX_DEPTH)), Err(MalformedDocument::Depth)));
        assert!(matches!(check(nested(20_000)), Err(MalformedDocument::Depth)));
    }

    #[test]
    fn any_single_damaged_byte_is_refused_or_harmless() {
        let document = rawdoc! { "_id": "x", "a": [1, { "b": 2.5 }], "t": true };
        let bytes = document.into_bytes();
        for place in 0..bytes.len() {
            for value in [0, 1, 0x7f, 0xff] {
                let mut damaged = bytes.clone();
                damaged[place] = value;
                if let Ok(document) = Document::check(damaged.into()) {
                    // What was accepted can be read to its end.
                    assert!(document.as_raw().iter().all(|element| element.is_ok()));
                    assert!(document.id().as_array().is_none());
                }
            }
        }
    }
}
