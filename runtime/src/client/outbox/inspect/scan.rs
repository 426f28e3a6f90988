//! Finding rows in a file whose tables cannot be read.
//!
//! redb keeps the rows of a table in leaf pages, which start at multiples of 4096 bytes:
//!
//! ```text
//! offset size
//!  0     1    type of the page, 1 = leaf
//!  1     1    unused
//!  2     2    number of rows
//!  4     4*n  where each key ends, only if keys have no fixed width
//!        4*n  where each value ends
//!             keys, back to back
//!             values, back to back
//! ```
//!
//! Every row of ours carries a checksum over what it is, so whatever passes for one is one, though
//! it may be a former one: pages that were freed keep their bytes until they are used again.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom},
};

use asymmetric_protocol::{
    SequenceNumber,
    batch::ClassEntry,
    chunk::{Chunk, ClassId},
};
use redb::TableHandle as _;

use super::super::{
    RejectedObject,
    meta::{self, DAMAGED, META},
    sealed::unseal,
};

const PAGE_BYTES: usize = 4096;
/// No row of ours is larger: an object of 16 MiB and what belongs to its chunk.
const MAX_ROW_BYTES: usize = 32 * 1024 * 1024;
/// More rows do not fit into a page that holds many.
const MAX_ROWS: usize = 4096;

/// Rows that were found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) meta: BTreeMap<String, Vec<u8>>,
    pub(super) classes: BTreeMap<ClassId, ClassEntry>,
    pub(super) rejected: BTreeMap<SequenceNumber, RejectedObject>,
    /// Rows of chunks that were kept aside, sealed.
    pub(super) damaged: BTreeMap<SequenceNumber, Vec<u8>>,
    /// By the sequence number of the first object; of several with one number, the one that was
    /// written last.
    pub(super) chunks: BTreeMap<SequenceNumber, FoundChunk>,
}

/// Where a chunk was found, for a backlog may be larger than memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct FoundChunk {
    offset: u64,
    bytes: usize,
    created_ms: i64,
    pub(super) end: SequenceNumber,
    pub(super) end_position: u64,
}

impl FoundChunk {
    /// Reads the chunk again.
    pub(super) fn read(&self, mut file: &File, out: &mut Vec<u8>) -> io::Result<()> {
        out.resize(self.bytes, 0);
        file.seek(SeekFrom::Start(self.offset))?;
        file.read_exact(out)
    }
}

impl Found {
    /// Takes a page for a leaf of each of the tables, and keeps the rows that are.
    fn add_page(&mut self, offset: u64, page: &[u8]) {
        for (key, value, at) in rows(page, Some(8)) {
            self.add_chunk(offset + at as u64, value);
            let sequence = key.try_into().map(u64::from_le_bytes).map(SequenceNumber::new);
            let Ok(sequence) = sequence else { continue };
            if let Some(object) = RejectedObject::decode(sequence, value) {
                self.rejected.insert(sequence, object);
            }
            if unseal(DAMAGED.name(), key, value).is_ok() {
                self.damaged.insert(sequence, value.to_vec());
            }
        }
        for (key, value, _) in rows(page, Some(4)) {
            if let Ok(number) = key.try_into().map(u32::from_le_bytes)
                && let Some(class) = meta::class(number, value)
            {
                self.classes.insert(class.id, class);
            }
        }
        for (key, value, _) in rows(page, None) {
            if let Ok(name) = std::str::from_utf8(key)
                && let Ok(value) = unseal(META.name(), key, value)
            {
                self.meta.insert(name.to_owned(), value.to_vec());
            }
        }
    }

    fn add_chunk(&mut self, offset: u64, bytes: &[u8]) {
        let Ok(chunk) = Chunk::parse(bytes) else { return };
        if chunk.decompress().is_err() {
            return;
        }
        let created_ms = chunk.created_ms();
        let known = self.chunks.get(&chunk.first());
        if known.is_none_or(|known| known.created_ms < created_ms) {
            let end_position = chunk.position().saturating_add(chunk.document_bytes());
            let (bytes, end) = (bytes.len(), chunk.end());
            let found = FoundChunk { offset, bytes, created_ms, end, end_position };
            self.chunks.insert(chunk.first(), found);
        }
    }
}

/// Reads all of a file and keeps every row that is whole.
pub(super) fn scan(mut file: &File) -> io::Result<Found> {
    let mut found = Found::default();
    let mut window = Vec::new();
    let mut offset = 0;
    file.rewind()?;
    loop {
        let wanted = (MAX_ROW_BYTES - window.len()) as u64;
        file.take(wanted).read_to_end(&mut window)?;
        let is_last = window.len() < MAX_ROW_BYTES;
        // What begins in the first half is whole in the window.
        let looked_at = if is_last { window.len() } else { MAX_ROW_BYTES / 2 };
        for start in (0..looked_at).step_by(PAGE_BYTES) {
            found.add_page(offset + start as u64, window.get(start..).unwrap_or_default());
        }
        if is_last {
            return Ok(found);
        }
        window.drain(..looked_at);
        offset += looked_at as u64;
    }
}

/// The rows of a leaf page, as far as the offsets in it make sense: key, value, and where the value
/// begins.
fn rows(page: &[u8], key_bytes: Option<usize>) -> impl Iterator<Item = (&[u8], &[u8], usize)> {
    let number_at = |offset: usize| -> Option<usize> {
        let bytes = page.get(offset..)?.first_chunk()?;
        usize::try_from(u32::from_le_bytes(*bytes)).ok()
    };
    let count = match page.first_chunk() {
        Some([1, _, low, high]) => usize::from(u16::from_le_bytes([*low, *high])),
        _ => 0,
    };
    let count = if count > MAX_ROWS { 0 } else { count };
    // Where the ends of keys and of values are told, and where the first key is.
    let (key_ends, value_ends) = (4, if key_bytes.is_some() { 4 } else { 4 + 4 * count });
    let keys = value_ends + 4 * count;
    let key_end = move |row: usize| match key_bytes {
        Some(width) => Some(keys + width * (row + 1)),
        None => number_at(key_ends + 4 * row),
    };
    let values = count.checked_sub(1).and_then(key_end);
    (0..count).map_while(move |row| {
        let key = if row == 0 { keys } else { key_end(row - 1)? }..key_end(row)?;
        let before = row.checked_sub(1);
        let start = before.map_or(values, |before| number_at(value_ends + 4 * before))?;
        let value = start..number_at(value_ends + 4 * row)?;
        let at = value.start;
        Some((page.get(key)?, page.get(value)?, at))
    })
}
