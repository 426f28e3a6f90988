//! Where the chunks of a file begin and end.

use std::collections::BTreeMap;

use asymmetric_protocol::{SequenceNumber, chunk::Chunk};
use redb::{ReadableTable, StorageError};

use super::{
    meta::Place,
    scan::{Damage, verify},
};

/// More objects than any chunk can say that it holds.
const MOST_OBJECTS: u64 = 1 << 32;

/// Where the chunks of a file begin and end, read from the first and the last of them.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// The first object, and where the next one goes; `None` if there are no chunks.
    pub(super) bounds: Option<(Place, Place)>,
    /// Chunks at either end that cannot be read.
    pub(super) damage: BTreeMap<SequenceNumber, Damage>,
}

impl Places {
    pub(super) fn of(
        chunks: &impl ReadableTable<u64, &'static [u8]>,
    ) -> Result<Self, StorageError> {
        let mut places = Self::default();
        let Some(start) = places.start(chunks)? else { return Ok(places) };
        let end = places.end(chunks)?;
        places.bounds = Some((start, end));
        Ok(places)
    }

    /// The first chunk starts at its key, whatever is in it; the first one that can be read tells
    /// the position.
    fn start(
        &mut self,
        chunks: &impl ReadableTable<u64, &'static [u8]>,
    ) -> Result<Option<Place>, StorageError> {
        let mut first = None;
        for row in chunks.iter()? {
            let (key, row) = row?;
            let key = SequenceNumber::new(key.value());
            let sequence = *first.get_or_insert(key);
            if let Some(mut before) = self.damage.last_entry() {
                before.get_mut().end = key;
            }
            if let Some(chunk) = self.chunk(key, key, row.value()) {
                return Ok(Some(Place { sequence, position: chunk.position() }));
            }
        }
        Ok(first.map(|sequence| Place { sequence, position: 0 }))
    }

    /// Numbers are never used twice: behind a last chunk that does not tell how many objects it
    /// holds, they go on after the most that it can hold.
    fn end(
        &mut self,
        chunks: &impl ReadableTable<u64, &'static [u8]>,
    ) -> Result<Place, StorageError> {
        let mut next = None;
        let mut end = None;
        let mut position = 0_u64;
        for row in chunks.iter()?.rev() {
            let (key, row) = row?;
            let (key, bytes) = (SequenceNumber::new(key.value()), row.value());
            let until = next.unwrap_or_else(|| key.after(MOST_OBJECTS));
            if let Some(chunk) = self.chunk(key, until, bytes) {
                end.get_or_insert(chunk.end());
                position = position
                    .saturating_add(chunk.position())
                    .saturating_add(chunk.document_bytes());
                break;
            }
            end.get_or_insert(until);
            position += bytes.len() as u64;
            next = Some(key);
        }
        Ok(Place { sequence: end.unwrap_or(SequenceNumber::FIRST), position })
    }

    /// The chunk; if it cannot be read, that is noted, with the number at which it ends.
    fn chunk<'a>(
        &mut self,
        key: SequenceNumber,
        end: SequenceNumber,
        bytes: &'a [u8],
    ) -> Option<Chunk<'a>> {
        match verify(bytes, key, key) {
            Ok(chunk) => Some(chunk),
            Err(what) => {
                let damage = Damage { first: key, end, bytes: bytes.len() as u64, what };
                self.damage.insert(key, damage);
                None
            }
        }
    }
}
