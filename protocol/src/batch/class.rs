//! The class table.

use asymmetric_schema::Fingerprint;

use super::BatchError;
use crate::{chunk::ClassId, limits::MAX_SCHEMA_BYTES, read::Reader};

const FLAG_TIME_SERIES: u8 = 1;
const FLAG_ANNOUNCED: u8 = 2;

/// What a batch says of the schema of a class, besides its fingerprint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Announcement<'a> {
    /// Nothing: the server knows the class, or did not ask.
    #[default]
    None,
    /// The client was asked, and does not have the schema: it is that of an earlier build.
    Unavailable,
    /// The class as JSON: `ClassDocument::to_announcement` of `asymmetric-schema`.
    Schema(&'a [u8]),
}

/// One entry of the class table: what a [`ClassId`] means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassEntry {
    /// The number that chunks use.
    pub id: ClassId,
    /// Fingerprint of the schema that the objects were written with.
    pub fingerprint: Fingerprint,
    /// Whether the objects land in a time-series collection.
    pub time_series: bool,
    /// Name of the class.
    pub title: String,
    /// Name of the App Services data source.
    pub data_source: String,
    /// Name of the MongoDB database.
    pub database: String,
    /// Name of the MongoDB collection.
    pub collection: String,
}

impl ClassEntry {
    /// Appends the entry as a batch carries it.
    pub fn encode(&self, out: &mut Vec<u8>) {
        self.encode_with(Announcement::None, out);
    }

    /// The same with an announcement.
    pub(super) fn encode_with(&self, announcement: Announcement<'_>, out: &mut Vec<u8>) {
        let schema = match announcement {
            Announcement::None => None,
            Announcement::Unavailable => Some(&[][..]),
            Announcement::Schema(json) => Some(json),
        };
        let time_series = if self.time_series { FLAG_TIME_SERIES } else { 0 };
        let announced = if schema.is_some() { FLAG_ANNOUNCED } else { 0 };
        out.extend_from_slice(&self.id.get().to_le_bytes());
        out.push(time_series | announced);
        out.extend_from_slice(self.fingerprint.as_bytes());
        for text in [&self.title, &self.data_source, &self.database, &self.collection] {
            let (length, bytes) = prefix_of(text);
            out.extend_from_slice(&length.to_le_bytes());
            out.extend_from_slice(bytes);
        }
        if let Some(schema) = schema {
            // What is too large to be announced is not available.
            let schema = if schema.len() > MAX_SCHEMA_BYTES { &[] } else { schema };
            let length = u32::try_from(schema.len()).unwrap_or_default();
            out.extend_from_slice(&length.to_le_bytes());
            out.extend_from_slice(schema);
        }
    }

    /// Reads an entry that fills `bytes` and announces nothing.
    pub fn decode(bytes: &[u8]) -> Result<Self, BatchError> {
        let mut reader = Reader(bytes);
        match Self::read(&mut reader)? {
            (entry, Announcement::None) if reader.0.is_empty() => Ok(entry),
            (_, Announcement::None) => Err(BatchError::Length),
            (_, Announcement::Unavailable | Announcement::Schema(_)) => {
                Err(BatchError::Flags(FLAG_ANNOUNCED))
            }
        }
    }

    pub(super) fn read<'a>(
        reader: &mut Reader<'a>,
    ) -> Result<(Self, Announcement<'a>), BatchError> {
        let id = ClassId::new(reader.u32()?);
        let flags = reader.u8()?;
        if flags & !(FLAG_TIME_SERIES | FLAG_ANNOUNCED) != 0 {
            return Err(BatchError::Flags(flags));
        }
        let fingerprint = Fingerprint::from_bytes(reader.array()?);
        let mut text = || -> Result<String, BatchError> {
            let length = usize::from(reader.u16()?);
            let text = std::str::from_utf8(reader.bytes(length)?).map_err(|_| BatchError::Text)?;
            Ok(text.to_owned())
        };
        let entry = Self {
            id,
            fingerprint,
            time_series: flags & FLAG_TIME_SERIES != 0,
            title: text()?,
            data_source: text()?,
            database: text()?,
            collection: text()?,
        };
        if flags & FLAG_ANNOUNCED == 0 {
            return Ok((entry, Announcement::None));
        }
        let length = reader.len()?;
        if length > MAX_SCHEMA_BYTES {
            return Err(BatchError::SchemaTooLarge(length));
        }
        let schema = reader.bytes(length)?;
        let announcement = match schema {
            [] => Announcement::Unavailable,
            json => Announcement::Schema(json),
        };
        Ok((entry, announcement))
    }
}

/// A name with its length. MongoDB allows 255 bytes for a namespace and App Services 57 for a
/// title; the macros refuse more, so that nothing is ever cut here.
fn prefix_of(text: &str) -> (u16, &[u8]) {
    let bytes = text.as_bytes().get(..usize::from(u16::MAX)).unwrap_or(text.as_bytes());
    (u16::try_from(bytes.len()).unwrap_or(u16::MAX), bytes)
}
