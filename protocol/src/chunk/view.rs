//! Reading a chunk.

use super::layout::{CODEC_NONE, ClassId, RUN_BYTES, VERSION, checksum_of, split_document};
use crate::read::{Reader, Truncated};

/// Bytes that are no chunk, or no longer the chunk they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChunkError {
    /// The bytes end before the chunk does, or go on after it.
    #[error("chunk has the wrong length")]
    Length,
    /// Written by a newer version of this library.
    #[error("chunk has version {0}; this library reads version {VERSION}")]
    Version(u8),
    /// Written with a codec this library does not have.
    #[error("chunk has the unknown codec {0}")]
    Codec(u8),
    /// The bytes changed since they were written.
    #[error("chunk does not match its checksum")]
    Checksum,
    /// The counts in the header do not fit the documents.
    #[error("chunk counts {counted} objects, its documents are {found}")]
    Count {
        /// Objects according to the header.
        counted: u32,
        /// Documents there are.
        found: u32,
    },
}

impl From<Truncated> for ChunkError {
    fn from(_: Truncated) -> Self {
        Self::Length
    }
}

/// A verified view of the bytes of a chunk.
///
/// [`parse`](Self::parse) checks everything but the insides of the documents: checksum, lengths,
/// and that the runs cover exactly the documents there are.
#[derive(Clone, Copy, Debug)]
pub struct Chunk<'a> {
    created_ms: i64,
    position: u64,
    objects: u32,
    runs: &'a [u8],
    documents: &'a [u8],
}

impl<'a> Chunk<'a> {
    /// Reads and verifies a chunk that fills `bytes`.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ChunkError> {
        let mut reader = Reader(bytes);
        let version = reader.u8()?;
        if version != VERSION {
            return Err(ChunkError::Version(version));
        }
        let codec = reader.u8()?;
        let run_count = usize::from(reader.u16()?);
        let objects = reader.u32()?;
        let created_ms = reader.i64()?;
        let document_bytes = reader.len()?;
        let checksum = reader.u32()?;
        if checksum_of(bytes) != Some(checksum) {
            return Err(ChunkError::Checksum);
        }
        if codec != CODEC_NONE {
            return Err(ChunkError::Codec(codec));
        }
        let position = reader.u64()?;
        let runs = reader.bytes(run_count * RUN_BYTES)?;
        let documents = reader.bytes(document_bytes)?;
        if !reader.0.is_empty() {
            return Err(ChunkError::Length);
        }
        let chunk = Self { created_ms, position, objects, runs, documents };
        chunk.verify_counts()?;
        Ok(chunk)
    }

    fn verify_counts(&self) -> Result<(), ChunkError> {
        let in_runs = self.runs().try_fold(0_u32, |sum, (_, objects)| sum.checked_add(objects));
        let mut found = 0_u32;
        let mut rest = self.documents;
        while !rest.is_empty() {
            rest = split_document(rest).ok_or(ChunkError::Length)?.1;
            found += 1;
        }
        if in_runs == Some(self.objects) && found == self.objects && found > 0 {
            Ok(())
        } else {
            Err(ChunkError::Count { counted: self.objects, found })
        }
    }

    /// How many objects the chunk holds; at least one.
    #[must_use]
    pub const fn objects(&self) -> u32 {
        self.objects
    }

    /// When the chunk was written, in milliseconds since 1970.
    #[must_use]
    pub const fn created_ms(&self) -> i64 {
        self.created_ms
    }

    /// Bytes of all documents that the outbox ever held before the first one of this chunk.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// Bytes of the documents of this chunk.
    #[must_use]
    pub const fn document_bytes(&self) -> u64 {
        self.documents.len() as u64
    }

    /// The classes in the order of the objects, each with how many follow each other.
    pub fn runs(&self) -> impl Iterator<Item = (ClassId, u32)> + use<'a> {
        let mut reader = Reader(self.runs);
        std::iter::from_fn(move || Some((ClassId::new(reader.u32().ok()?), reader.u32().ok()?)))
    }

    /// The objects in order: class and BSON document.
    pub fn documents(&self) -> impl Iterator<Item = (ClassId, &'a [u8])> + use<'a> {
        let mut rest = self.documents;
        self.runs().flat_map(|(class, objects)| (0..objects).map(move |_| class)).map_while(
            move |class| {
                let (document, tail) = split_document(rest)?;
                rest = tail;
                Some((class, document))
            },
        )
    }
}
