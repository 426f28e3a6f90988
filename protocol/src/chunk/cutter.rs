//! Cutting chunks of objects.

use std::{fmt, ops::Range};

use zstd::bulk::Compressor;

use super::{
    layout::{
        CHECKSUM, ClassId, Codec, HEADER_BYTES, RUN_BYTES, VERSION, checksum_of, split_document,
    },
    objects::{Objects, push_run},
};
use crate::{SequenceNumber, limits::CHUNK_BYTES};

/// Level of compression: higher ones take several times as long for a few percent.
const ZSTD_LEVEL: i32 = 1;

/// Cuts objects into chunks. Keeps its memory from one time to the next.
pub struct Cutter {
    codec: Codec,
    /// Made when it is first needed.
    compressor: Option<Compressor<'static>>,
    /// Runs and header of the chunk that is being cut.
    runs: Vec<(ClassId, u32)>,
    head: Vec<u8>,
    compressed: Vec<u8>,
    /// Chunks that cannot be put together where their documents are.
    scratch: Vec<u8>,
}

impl fmt::Debug for Cutter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cutter").field("codec", &self.codec).finish_non_exhaustive()
    }
}

impl Cutter {
    /// Cuts chunks that are kept as `codec` says.
    #[must_use]
    pub const fn new(codec: Codec) -> Self {
        Self {
            codec,
            compressor: None,
            runs: Vec::new(),
            head: Vec::new(),
            compressed: Vec::new(),
            scratch: Vec::new(),
        }
    }

    /// Cuts the objects into chunks of at most [`CHUNK_BYTES`] (more only for a single object) and
    /// hands each to `write`, with the sequence number of its first object. None are left, whatever
    /// `write` answers.
    ///
    /// `first` and `position` are those of the first object of all; the position is the bytes of
    /// all documents before it. Chunks are cut by their size before compression.
    pub fn cut<E>(
        &mut self,
        objects: &mut Objects,
        created_ms: i64,
        first: SequenceNumber,
        position: u64,
        write: impl FnMut(SequenceNumber, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let result = self.cut_all(objects, created_ms, first, position, write);
        objects.clear();
        // A single huge object shall not hold its memory for ever.
        for memory in [&mut self.scratch, &mut self.compressed] {
            memory.clear();
            memory.shrink_to(CHUNK_BYTES);
        }
        result
    }

    fn cut_all<E>(
        &mut self,
        objects: &mut Objects,
        created_ms: i64,
        mut first: SequenceNumber,
        mut position: u64,
        mut write: impl FnMut(SequenceNumber, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let Objects { documents, runs, .. } = objects;
        let mut runs = Runs { current: None, rest: runs };
        let mut start = 0;
        while start < documents.len() {
            let (bytes, count) = self.take(documents.get(start..).unwrap_or_default(), &mut runs);
            if count == 0 {
                debug_assert!(false, "runs and documents were pushed together");
                break;
            }
            let header = Header { created_ms, first, position, objects: count, bytes };
            write(first, self.chunk(documents, start..start + bytes, &header))?;
            first = first.after(u64::from(count));
            position += bytes as u64;
            start += bytes;
        }
        Ok(())
    }

    /// How many bytes and objects of the documents go into the next chunk, whose runs are then in
    /// `self.runs`.
    fn take(&mut self, documents: &[u8], runs: &mut Runs<'_>) -> (usize, u32) {
        self.runs.clear();
        let (mut rest, mut bytes, mut count) = (documents, 0, 0);
        while let (Some(class), Some((document, tail))) = (runs.class(), split_document(rest)) {
            let is_other = self.runs.last().is_none_or(|run| run.0 != class);
            let runs_after = self.runs.len() + usize::from(is_other);
            let size = HEADER_BYTES + RUN_BYTES * runs_after + bytes + document.len();
            if count > 0 && (size > CHUNK_BYTES || runs_after > usize::from(u16::MAX)) {
                break;
            }
            push_run(&mut self.runs, class, 1);
            runs.advance();
            bytes += document.len();
            count += 1;
            rest = tail;
        }
        (bytes, count)
    }

    /// Puts a chunk together of the documents in `range`: where they are, with the header over the
    /// end of the chunk before, which nobody needs any more. Only if there is no room for it, or if
    /// they are compressed, elsewhere.
    fn chunk<'a>(
        &'a mut self,
        documents: &'a mut [u8],
        range: Range<usize>,
        header: &Header,
    ) -> &'a [u8] {
        let plain = documents.get(range.clone()).unwrap_or_default();
        let is_compressed = self.codec == Codec::Zstd && self.compress(plain);
        let (codec, payload) =
            if is_compressed { (Codec::Zstd, &*self.compressed) } else { (Codec::None, plain) };
        header.encode(codec, &self.runs, payload, &mut self.head);
        match range.start.checked_sub(self.head.len()) {
            Some(start) if !is_compressed => {
                let chunk = documents.get_mut(start..range.end).unwrap_or_default();
                chunk.iter_mut().zip(&self.head).for_each(|(byte, value)| *byte = *value);
                chunk
            }
            _ => {
                self.scratch.clear();
                self.scratch.extend_from_slice(&self.head);
                self.scratch.extend_from_slice(payload);
                &self.scratch
            }
        }
    }

    /// Whether the documents became smaller, and are then in `self.compressed`. Without memory for a
    /// compressor they stay as they are.
    fn compress(&mut self, documents: &[u8]) -> bool {
        if self.compressor.is_none() {
            self.compressor = Compressor::new(ZSTD_LEVEL).ok();
        }
        let Some(compressor) = &mut self.compressor else { return false };
        self.compressed.clear();
        self.compressed.reserve(documents.len());
        compressor
            .compress_to_buffer(documents, &mut self.compressed)
            .is_ok_and(|bytes| bytes < documents.len())
    }
}

/// The runs that are left to cut.
struct Runs<'a> {
    /// Class and number of the objects of the first run that are left.
    current: Option<(ClassId, u32)>,
    rest: &'a [(ClassId, u32)],
}

impl Runs<'_> {
    /// Class of the next object.
    fn class(&mut self) -> Option<ClassId> {
        if self.current.is_none()
            && let Some((first, rest)) = self.rest.split_first()
        {
            (self.current, self.rest) = (Some(*first), rest);
        }
        self.current.map(|(class, _)| class)
    }

    /// Goes on to the object after it.
    fn advance(&mut self) {
        self.current = self.current.and_then(|(class, left)| Some((class, left.checked_sub(1)?)));
        self.current.take_if(|(_, left)| *left == 0);
    }
}

/// What is said of a chunk in front of its runs.
struct Header {
    created_ms: i64,
    first: SequenceNumber,
    position: u64,
    objects: u32,
    /// Of documents, before compression.
    bytes: usize,
}

impl Header {
    /// Puts header and runs into `head`, with the checksum of the chunk that `payload` completes.
    fn encode(&self, codec: Codec, runs: &[(ClassId, u32)], payload: &[u8], head: &mut Vec<u8>) {
        let run_count = u16::try_from(runs.len()).expect("cut limits the runs of a chunk");
        let length = u32::try_from(self.bytes).expect("cut limits the bytes of a chunk");
        head.clear();
        head.extend_from_slice(&[VERSION, codec.byte()]);
        head.extend_from_slice(&run_count.to_le_bytes());
        head.extend_from_slice(&self.objects.to_le_bytes());
        head.extend_from_slice(&self.created_ms.to_le_bytes());
        head.extend_from_slice(&length.to_le_bytes());
        head.extend_from_slice(&[0; 4]);
        head.extend_from_slice(&self.position.to_le_bytes());
        head.extend_from_slice(&self.first.get().to_le_bytes());
        for (class, objects) in runs {
            head.extend_from_slice(&class.get().to_le_bytes());
            head.extend_from_slice(&objects.to_le_bytes());
        }
        if let (Some(checksum), Some(place)) = (checksum_of(head, payload), head.get_mut(CHECKSUM))
        {
            place.copy_from_slice(&checksum.to_le_bytes());
        }
    }
}
