//! Collecting objects and cutting chunks of them.

use super::layout::{
    CHECKSUM, ClassId, Codec, HEADER_BYTES, RUN_BYTES, VERSION, checksum_of, split_document,
};
use crate::{SequenceNumber, limits::CHUNK_BYTES};

/// Level of compression: higher ones take several times as long for a few percent.
const ZSTD_LEVEL: i32 = 1;

/// Objects on their way into chunks: documents back to back, and the runs that name their classes.
///
/// Writers fill one each; a group commit joins them and cuts the chunks.
#[derive(Clone, Debug, Default)]
pub struct Objects {
    documents: Vec<u8>,
    runs: Vec<(ClassId, u32)>,
    count: u32,
}

impl Objects {
    /// No objects.
    #[must_use]
    pub const fn new() -> Self {
        Self { documents: Vec::new(), runs: Vec::new(), count: 0 }
    }

    /// How many objects there are.
    #[must_use]
    pub const fn len(&self) -> u32 {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// All documents, back to back.
    #[must_use]
    pub fn documents(&self) -> &[u8] {
        &self.documents
    }

    /// Bytes of all documents.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.documents.len()
    }

    /// Lets `encode` append one document of `class`; takes back what it wrote if it fails.
    ///
    /// The caller sees to it that the document is whole and below
    /// [`MAX_OBJECT_BYTES`](crate::limits::MAX_OBJECT_BYTES).
    pub fn push_with<E>(
        &mut self,
        class: ClassId,
        encode: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<&[u8], E> {
        let start = self.documents.len();
        if let Err(error) = encode(&mut self.documents) {
            self.documents.truncate(start);
            return Err(error);
        }
        self.count += 1;
        push_run(&mut self.runs, class, 1);
        Ok(self.documents.get(start..).unwrap_or_default())
    }

    /// Moves all objects of `other` behind the own ones and leaves it empty, with its memory.
    pub fn append(&mut self, other: &mut Self) {
        self.documents.append(&mut other.documents);
        for (class, objects) in other.runs.drain(..) {
            push_run(&mut self.runs, class, objects);
        }
        self.count += std::mem::take(&mut other.count);
    }

    /// Forgets all objects and keeps the memory.
    pub fn clear(&mut self) {
        self.documents.clear();
        self.runs.clear();
        self.count = 0;
    }

    /// Cuts the objects into chunks of at most [`CHUNK_BYTES`] (more only for a single object) and
    /// hands each to `write`, encoded in `scratch`, with the sequence number of its first object.
    ///
    /// `first` and `position` are those of the first object of all; the position is the bytes of
    /// all documents before it. Chunks are cut by their size before compression.
    pub fn cut<E>(
        &self,
        created_ms: i64,
        mut first: SequenceNumber,
        mut position: u64,
        codec: Codec,
        scratch: &mut Vec<u8>,
        mut write: impl FnMut(SequenceNumber, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut compressor = match codec {
            Codec::None => None,
            // Without memory for a compressor, chunks stay as they are.
            Codec::Zstd => zstd::bulk::Compressor::new(ZSTD_LEVEL).ok(),
        };
        let mut runs = self.runs.iter().copied();
        let mut current = runs.next();
        let mut rest = self.documents.as_slice();
        let mut chunk_runs: Vec<(ClassId, u32)> = Vec::with_capacity(self.runs.len());
        while !rest.is_empty() {
            chunk_runs.clear();
            let start = rest;
            let mut taken = 0;
            let mut objects = 0;
            while let (Some((class, left)), Some((document, tail))) =
                (current.as_mut(), split_document(rest))
            {
                let runs_after =
                    chunk_runs.len() + usize::from(chunk_runs.last().map(|r| r.0) != Some(*class));
                let size = HEADER_BYTES + RUN_BYTES * runs_after + taken + document.len();
                if objects > 0 && (size > CHUNK_BYTES || runs_after > usize::from(u16::MAX)) {
                    break;
                }
                push_run(&mut chunk_runs, *class, 1);
                taken += document.len();
                objects += 1;
                rest = tail;
                *left -= 1;
                if *left == 0 {
                    current = runs.next();
                }
            }
            let Some(documents) = start.get(..taken).filter(|taken| !taken.is_empty()) else {
                debug_assert!(false, "runs and documents were pushed together");
                break;
            };
            let compressed = compressor
                .as_mut()
                .and_then(|compressor| compressor.compress(documents).ok())
                .filter(|compressed| compressed.len() < documents.len());
            let (codec, payload) = match &compressed {
                Some(compressed) => (Codec::Zstd, compressed.as_slice()),
                None => (Codec::None, documents),
            };
            let header = Header { codec, created_ms, first, position, objects, bytes: taken };
            header.encode(&chunk_runs, payload, scratch);
            write(first, scratch)?;
            first = first.after(u64::from(objects));
            position += taken as u64;
        }
        Ok(())
    }
}

fn push_run(runs: &mut Vec<(ClassId, u32)>, class: ClassId, more: u32) {
    match runs.last_mut() {
        Some((last, objects)) if *last == class => *objects += more,
        _ => runs.push((class, more)),
    }
}

/// What is said of a chunk in front of its runs.
struct Header {
    codec: Codec,
    created_ms: i64,
    first: SequenceNumber,
    position: u64,
    objects: u32,
    /// Of documents, before compression.
    bytes: usize,
}

impl Header {
    fn encode(&self, runs: &[(ClassId, u32)], payload: &[u8], out: &mut Vec<u8>) {
        let run_count = u16::try_from(runs.len()).expect("cut limits the runs of a chunk");
        let length = u32::try_from(self.bytes).expect("cut limits the bytes of a chunk");
        out.clear();
        out.reserve(HEADER_BYTES + RUN_BYTES * runs.len() + payload.len());
        out.extend_from_slice(&[VERSION, self.codec.byte()]);
        out.extend_from_slice(&run_count.to_le_bytes());
        out.extend_from_slice(&self.objects.to_le_bytes());
        out.extend_from_slice(&self.created_ms.to_le_bytes());
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&self.position.to_le_bytes());
        out.extend_from_slice(&self.first.get().to_le_bytes());
        for (class, objects) in runs {
            out.extend_from_slice(&class.get().to_le_bytes());
            out.extend_from_slice(&objects.to_le_bytes());
        }
        out.extend_from_slice(payload);
        if let (Some(checksum), Some(place)) = (checksum_of(out), out.get_mut(CHECKSUM)) {
            place.copy_from_slice(&checksum.to_le_bytes());
        }
    }
}
