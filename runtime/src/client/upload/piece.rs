//! Chunks, and parts of chunks, on their way.
//!
//! A chunk that the server cannot digest is cut into pieces, down to single objects. It leaves the
//! outbox as a whole all the same, when the last of its pieces is settled; until then its pieces
//! exist in memory only, and after a crash the whole chunk is sent again.

use std::{collections::BTreeMap, convert::Infallible};

use asymmetric_protocol::{
    SequenceNumber,
    chunk::{Chunk, Codec, Cutter, Objects},
};

use crate::client::outbox::{Outbox, ReadError, RejectedObject, StoredChunk};

/// A chunk, or a part of one that looks like a chunk of its own.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) chunk: StoredChunk,
    /// The first object of the stored chunk that this is a part of; `None` for a whole one.
    parent: Option<SequenceNumber>,
}

impl Piece {
    pub(super) const fn whole(chunk: StoredChunk) -> Self {
        Self { chunk, parent: None }
    }
}

/// A stored chunk that travels in pieces.
#[derive(Debug)]
struct Split {
    /// The stored chunk, without its bytes.
    chunk: StoredChunk,
    /// Its pieces that are not settled: first object to the end.
    open: BTreeMap<SequenceNumber, SequenceNumber>,
    rejected: Vec<RejectedObject>,
}

/// All stored chunks that travel in pieces, by their first objects.
#[derive(Debug, Default)]
pub(super) struct Splits(BTreeMap<SequenceNumber, Split>);

impl Splits {
    /// Cuts a piece in two.
    pub(super) fn halve(&mut self, piece: &Piece) {
        let (first, end) = (piece.chunk.first, piece.chunk.end);
        let middle = first.after(piece.chunk.objects() / 2);
        if middle == first {
            return;
        }
        let split = self.0.entry(piece.parent.unwrap_or(first)).or_insert_with(|| Split {
            chunk: StoredChunk { bytes: Vec::new(), ..piece.chunk.clone() },
            open: BTreeMap::new(),
            rejected: Vec::new(),
        });
        split.open.insert(first, middle);
        split.open.insert(middle, end);
    }

    /// The first objects of the pieces that make up `piece` by now.
    pub(super) fn firsts(&self, piece: &Piece) -> Vec<SequenceNumber> {
        let (first, end) = (piece.chunk.first, piece.chunk.end);
        self.0.get(&piece.parent.unwrap_or(first)).map_or_else(
            || vec![first],
            |split| split.open.range(first..end).map(|(first, _)| *first).collect(),
        )
    }

    /// Whether the stored chunk that starts at `first` travels in pieces.
    pub(super) fn is_split(&self, first: SequenceNumber) -> bool {
        self.0.contains_key(&first)
    }

    /// Forgets the stored chunk that `first` belongs to: it has left the outbox.
    pub(super) fn forget(&mut self, first: SequenceNumber) {
        if let Some(parent) = self.parent_of(first) {
            self.0.remove(&parent);
        }
    }

    fn parent_of(&self, first: SequenceNumber) -> Option<SequenceNumber> {
        let (parent, split) = self.0.range(..=first).next_back()?;
        (first < split.chunk.end).then_some(*parent)
    }

    /// The piece that starts at `first`, if that is a part of a chunk; `None` as well if the chunk
    /// is gone. Blocks on the disk.
    pub(super) fn cut(
        &self,
        outbox: &Outbox,
        first: SequenceNumber,
    ) -> Result<Option<Piece>, ReadError> {
        let Some(parent) = self.parent_of(first) else { return Ok(None) };
        let end = self.0.get(&parent).and_then(|split| split.open.get(&first));
        let Some(end) = end.copied() else { return Ok(None) };
        let mut piece = Ok(None);
        outbox.read_chunks(parent, |chunk| {
            if chunk.first == parent {
                piece = part(&chunk, first, end);
            }
            std::ops::ControlFlow::Break(())
        })?;
        Ok(piece?.map(|chunk| Piece { chunk, parent: Some(parent) }))
    }

    /// Settles pieces. Answers the chunks that are settled as a whole now, with all of their
    /// rejected objects.
    pub(super) fn settle(
        &mut self,
        pieces: Vec<Piece>,
        mut rejected: Vec<RejectedObject>,
    ) -> (Vec<StoredChunk>, Vec<RejectedObject>) {
        let mut chunks = Vec::new();
        for piece in pieces {
            // A late answer to the whole chunk settles it although it has been cut since.
            let Some(parent) = piece.parent else {
                self.0.remove(&piece.chunk.first);
                chunks.push(piece.chunk);
                continue;
            };
            let Some(split) = self.0.get_mut(&parent) else { continue };
            let range = piece.chunk.first..piece.chunk.end;
            let (own, others): (Vec<_>, Vec<_>) =
                rejected.into_iter().partition(|object| range.contains(&object.sequence));
            rejected = others;
            if split.open.remove(&range.start).is_some() {
                split.rejected.extend(own);
            }
            if split.open.is_empty()
                && let Some(split) = self.0.remove(&parent)
            {
                rejected.extend(split.rejected);
                chunks.push(split.chunk);
            }
        }
        rejected.sort_by_key(|object| object.sequence);
        (chunks, rejected)
    }
}

/// The objects of a chunk from `first` to `end`, as a chunk of their own.
fn part(
    chunk: &StoredChunk,
    first: SequenceNumber,
    end: SequenceNumber,
) -> Result<Option<StoredChunk>, ReadError> {
    let damaged = |source| ReadError::Damaged { first: chunk.first, source };
    let parsed = Chunk::parse(&chunk.bytes).map_err(damaged)?;
    let mut scratch = Vec::new();
    let documents = parsed.documents(&mut scratch).map_err(damaged)?;
    let mut objects = Objects::new();
    let mut position = parsed.position();
    let mut classes = Vec::new();
    for ((class, document), sequence) in documents.zip(chunk.first.get()..) {
        if sequence < first.get() {
            position += document.len() as u64;
        } else if sequence < end.get() {
            let Ok(_) = objects.push_with(class, |out| {
                out.extend_from_slice(document);
                Ok::<_, Infallible>(())
            });
            if classes.last() != Some(&class) {
                classes.push(class);
            }
        }
    }
    let document_bytes = objects.bytes() as u64;
    let mut part = None;
    let (codec, created_ms) = (parsed.codec(), parsed.created_ms());
    let mut cutter = Cutter::new(codec);
    let Ok(()) = cutter.cut(&mut objects, created_ms, first, position, |first, bytes| {
        let (bytes, classes) = (bytes.to_vec(), std::mem::take(&mut classes));
        part.get_or_insert(StoredChunk { first, end, document_bytes, classes, bytes });
        Ok::<_, Infallible>(())
    });
    // A part of a chunk is smaller than the chunk, and so it is not cut again.
    debug_assert!(part.as_ref().is_none_or(|part| Chunk::parse(&part.bytes).is_ok_and(|parsed| {
        parsed.end() == end && parsed.codec() == codec || codec == Codec::Zstd
    })));
    Ok(part)
}
