//! The class table.

use asymmetric_schema::Fingerprint;

use super::BatchError;
use crate::{chunk::ClassId, read::Reader};

const FLAG_TIME_SERIES: u8 = 1;

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
        out.extend_from_slice(&self.id.get().to_le_bytes());
        out.push(if self.time_series { FLAG_TIME_SERIES } else { 0 });
        out.extend_from_slice(self.fingerprint.as_bytes());
        for text in [&self.title, &self.data_source, &self.database, &self.collection] {
            let (length, bytes) = prefix_of(text);
            out.extend_from_slice(&length.to_le_bytes());
            out.extend_from_slice(bytes);
        }
    }

    /// Reads an entry that fills `bytes`.
    pub fn decode(bytes: &[u8]) -> Result<Self, BatchError> {
        let mut reader = Reader(bytes);
        let entry = Self::read(&mut reader)?;
        if reader.0.is_empty() { Ok(entry) } else { Err(BatchError::Length) }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, BatchError> {
        let id = ClassId::new(reader.u32()?);
        let flags = reader.u8()?;
        if flags & !FLAG_TIME_SERIES != 0 {
            return Err(BatchError::Flags(flags));
        }
        let fingerprint = Fingerprint::from_bytes(reader.array()?);
        let mut text = || -> Result<String, BatchError> {
            let length = usize::from(reader.u16()?);
            let text = std::str::from_utf8(reader.bytes(length)?).map_err(|_| BatchError::Text)?;
            Ok(text.to_owned())
        };
        Ok(Self {
            id,
            fingerprint,
            time_series: flags & FLAG_TIME_SERIES != 0,
            title: text()?,
            data_source: text()?,
            database: text()?,
            collection: text()?,
        })
    }
}

/// A name with its length. MongoDB allows 255 bytes for a namespace and App Services 57 for a
/// title; the macros refuse more, so that nothing is ever cut here.
fn prefix_of(text: &str) -> (u16, &[u8]) {
    let bytes = text.as_bytes().get(..usize::from(u16::MAX)).unwrap_or(text.as_bytes());
    (u16::try_from(bytes.len()).unwrap_or(u16::MAX), bytes)
}
