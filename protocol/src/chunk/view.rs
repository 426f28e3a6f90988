//! Reading a chunk.

use super::layout::{ClassId, Codec, RUN_BYTES, VERSION, checksum_of, split_document};
use crate::{
    SequenceNumber,
    limits::MAX_BATCH_BYTES,
    read::{Reader, Truncated},
};

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
    /// More bytes of documents than any batch may carry.
    #[error("chunk says that it holds {0} bytes of documents, more than {MAX_BATCH_BYTES}")]
    TooLarge(usize),
    /// The documents cannot be decompressed to the length that the header gives.
    #[error("documents of the chunk cannot be decompressed")]
    Decompress,
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
/// and that the runs cover exactly the documents there are. Of a compressed chunk, the documents
/// are checked when they are decompressed.
#[derive(Clone, Copy, Debug)]
pub struct Chunk<'a> {
    codec: Codec,
    created_ms: i64,
    first: SequenceNumber,
    position: u64,
    objects: u32,
    document_bytes: usize,
    runs: &'a [u8],
    payload: &'a [u8],
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
        if checksum_of(bytes, &[]) != Some(checksum) {
            return Err(ChunkError::Checksum);
        }
        let codec = Codec::from_byte(codec).ok_or(ChunkError::Codec(codec))?;
        let position = reader.u64()?;
        let first = SequenceNumber::new(reader.u64()?);
        let runs = reader.bytes(run_count * RUN_BYTES)?;
        let payload = reader.0;
        let chunk =
            Self { codec, created_ms, first, position, objects, document_bytes, runs, payload };
        let in_runs = chunk.runs().try_fold(0_u32, |sum, (_, objects)| sum.checked_add(objects));
        if objects == 0 || in_runs != Some(objects) {
            return Err(ChunkError::Count { counted: objects, found: in_runs.unwrap_or(u32::MAX) });
        }
        match codec {
            Codec::None => chunk.verify(payload)?,
            Codec::Zstd if document_bytes > MAX_BATCH_BYTES => {
                return Err(ChunkError::TooLarge(document_bytes));
            }
            Codec::Zstd => {}
        }
        Ok(chunk)
    }

    /// Whether these are as many documents, of as many bytes, as the header says.
    fn verify(&self, documents: &[u8]) -> Result<(), ChunkError> {
        if documents.len() != self.document_bytes {
            return Err(ChunkError::Length);
        }
        let mut found = 0_u32;
        let mut rest = documents;
        while !rest.is_empty() {
            rest = split_document(rest).ok_or(ChunkError::Length)?.1;
            found += 1;
        }
        if found == self.objects {
            Ok(())
        } else {
            Err(ChunkError::Count { counted: self.objects, found })
        }
    }

    /// How the documents are kept.
    #[must_use]
    pub const fn codec(&self) -> Codec {
        self.codec
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

    /// Sequence number of the first object.
    #[must_use]
    pub const fn first(&self) -> SequenceNumber {
        self.first
    }

    /// Sequence number after that of the last object.
    #[must_use]
    pub const fn end(&self) -> SequenceNumber {
        self.first.after(self.objects as u64)
    }

    /// Bytes of all documents that the outbox ever held before the first one of this chunk.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// Bytes of the documents of this chunk, before compression.
    #[must_use]
    pub const fn document_bytes(&self) -> u64 {
        self.document_bytes as u64
    }

    /// The classes in the order of the objects, each with how many follow each other.
    pub fn runs(&self) -> impl Iterator<Item = (ClassId, u32)> + use<'a> {
        let mut reader = Reader(self.runs);
        std::iter::from_fn(move || Some((ClassId::new(reader.u32().ok()?), reader.u32().ok()?)))
    }

    /// The documents back to back, if they are not compressed.
    #[must_use]
    pub const fn plain_documents(&self) -> Option<&'a [u8]> {
        match self.codec {
            Codec::None => Some(self.payload),
            Codec::Zstd => None,
        }
    }

    /// The documents back to back in memory of their own: exactly
    /// [`document_bytes`](Self::document_bytes), however much the compressed ones would become.
    pub fn decompress(&self) -> Result<Vec<u8>, ChunkError> {
        if let Some(plain) = self.plain_documents() {
            return Ok(plain.to_vec());
        }
        let documents = zstd::bulk::decompress(self.payload, self.document_bytes)
            .map_err(|_| ChunkError::Decompress)?;
        self.verify(&documents)?;
        Ok(documents)
    }

    /// The objects in order, class and BSON document; those of a compressed chunk are put into
    /// `scratch` first.
    pub fn documents<'s>(
        &self,
        scratch: &'s mut Vec<u8>,
    ) -> Result<impl Iterator<Item = (ClassId, &'s [u8])> + use<'a, 's>, ChunkError>
    where
        'a: 's,
    {
        let bytes: &'s [u8] = if let Some(plain) = self.plain_documents() {
            plain
        } else {
            *scratch = self.decompress()?;
            scratch
        };
        Ok(self.split(bytes))
    }

    /// Splits what [`plain_documents`](Self::plain_documents) or [`decompress`](Self::decompress)
    /// gave into the objects: class and BSON document.
    pub fn split<'d>(
        &self,
        documents: &'d [u8],
    ) -> impl Iterator<Item = (ClassId, &'d [u8])> + use<'a, 'd> {
        let mut rest = documents;
        self.runs().flat_map(|(class, objects)| (0..objects).map(move |_| class)).map_while(
            move |class| {
                let (document, tail) = split_document(rest)?;
                rest = tail;
                Some((class, document))
            },
        )
    }
}
