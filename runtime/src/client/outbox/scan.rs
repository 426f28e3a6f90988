//! Walking along the chunks, and noticing what is wrong with them.

use std::{cmp::Ordering, ops::ControlFlow};

use asymmetric_protocol::{SequenceNumber, chunk::Chunk};
use redb::{ReadableTable, StorageError};

/// Objects that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Damage {
    /// The first of them: the key of the chunk that is damaged, or would be if it were there.
    pub(super) first: SequenceNumber,
    /// The number after the last of them.
    pub(super) end: SequenceNumber,
    /// Bytes of the row.
    pub(super) bytes: u64,
    /// What is wrong.
    pub(super) what: String,
}

/// Hands the chunks from `from` on, up to `end`, to `visit` until it breaks, and answers what was
/// damaged or missing on the way. Nothing is expected to be there below `settled_below`.
///
/// A damaged chunk ends where the next one starts: each says under its checksum where it belongs.
pub(super) fn scan(
    chunks: &impl ReadableTable<u64, &'static [u8]>,
    from: SequenceNumber,
    end: SequenceNumber,
    settled_below: SequenceNumber,
    mut visit: impl FnMut(&Chunk<'_>, &[u8]) -> ControlFlow<()>,
) -> Result<Vec<Damage>, StorageError> {
    let mut damage: Vec<Damage> = Vec::new();
    let mut expected = None;
    for row in chunks.range(from.get()..end.get().max(from.get()))? {
        let (key, row) = row?;
        let (key, bytes) = (SequenceNumber::new(key.value()), row.value());
        let expected_here = match expected {
            Some(expected) => expected,
            None if key == from => key,
            None => end_before(chunks, from, settled_below)?.unwrap_or(key).min(key),
        };
        close(&mut damage, expected_here, key);
        match verify(bytes, key, expected_here) {
            Ok(chunk) => {
                expected = Some(chunk.end());
                if visit(&chunk, bytes).is_break() {
                    return Ok(damage);
                }
            }
            Err(what) => {
                expected = Some(key);
                damage.push(Damage { first: key, end: key, bytes: bytes.len() as u64, what });
            }
        }
    }
    let expected = match expected {
        Some(expected) => Some(expected),
        None if from < end => end_before(chunks, from, settled_below)?,
        None => None,
    };
    close(&mut damage, expected.unwrap_or(end), end);
    Ok(damage)
}

/// Lets the damage before `next` end there, or notes that something is missing.
fn close(damage: &mut Vec<Damage>, expected: SequenceNumber, next: SequenceNumber) {
    match damage.last_mut() {
        Some(last) if last.end == last.first => last.end = next,
        _ if expected < next => damage.push(Damage {
            first: expected,
            end: next,
            bytes: 0,
            what: "the chunk is missing".to_owned(),
        }),
        _ => {}
    }
}

/// The chunk, if it is one and belongs here.
pub(super) fn verify(
    bytes: &[u8],
    key: SequenceNumber,
    expected: SequenceNumber,
) -> Result<Chunk<'_>, String> {
    let chunk = Chunk::parse(bytes).map_err(|error| error.to_string())?;
    if chunk.first() != key {
        return Err(format!("the chunk says that it is that at {}", chunk.first()));
    }
    match key.cmp(&expected) {
        Ordering::Less => Err(format!("the chunk before it ends at {expected}")),
        Ordering::Equal | Ordering::Greater => Ok(chunk),
    }
}

/// Where the row before `from` ends, or what is settled; `None` if that row does not say.
fn end_before(
    chunks: &impl ReadableTable<u64, &'static [u8]>,
    from: SequenceNumber,
    settled_below: SequenceNumber,
) -> Result<Option<SequenceNumber>, StorageError> {
    let before = chunks.range(..from.get())?.next_back().transpose()?;
    Ok(match before {
        Some((_, row)) => Chunk::parse(row.value()).ok().map(|c| c.end().max(settled_below)),
        None => Some(settled_below),
    })
}
