//! Cutting chunks of objects.

use std::{fmt, ops::Range};

use zstd::bulk::Compressor;

use super::{
    layout::{CHECKSUM, ClassId, Codec, HEADER_BYTES, RUN_BYTES, VERSION, checksum_of},
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
        let Objects { documents, ends, runs, .. } = objects;
        let mut ends = ends.as_slice();
        let mut runs = Runs { current: None, rest: runs };
        let mut start = 0;
        while !ends.is_empty() {
            let objects = self.take(ends, start, &mut runs);
            let Some((taken, rest)) = ends.split_at_checked(objects) else { break };
            let Some(&end) = taken.last() else {
                debug_assert!(false, "runs and documents were pushed together");
                break;
            };
            let header = Header { created_ms, first, position, objects, bytes: end - start };
            write(first, self.chunk(documents, start..end, &header))?;
            first = first.after(objects as u64);
            position += (end - start) as u64;
            (start, ends) = (end, rest);
        }
        Ok(())
    }

    /// How many objects go into the next chunk, whose runs are then in `self.runs`. It starts at
    /// `start`, and its objects end at `ends`.
    fn take(&mut self, ends: &[usize], start: usize, runs: &mut Runs<'_>) -> usize {
        self.runs.clear();
        let mut count = 0;
        while let Some((class, left)) = runs.next() {
            let is_other = self.runs.last().is_none_or(|run| run.0 != class);
            let runs_after = self.runs.len() + usize::from(is_other);
            if runs_after > usize::from(u16::MAX) {
                break;
            }
            let room = CHUNK_BYTES.saturating_sub(HEADER_BYTES + RUN_BYTES * runs_after);
            let of_run = ends.get(count..).unwrap_or_default();
            let of_run = of_run.get(..left).unwrap_or(of_run);
            // However large it is, one object fits.
            let at_least = usize::from(count == 0 && !of_run.is_empty());
            let taken = of_run.partition_point(|end| end - start <= room).max(at_least);
            if taken > 0 {
                let objects = u32::try_from(taken).expect("so many were never collected");
                push_run(&mut self.runs, class, objects);
                runs.take(taken);
            }
            count += taken;
            if taken < left {
                break;
            }
        }
        count
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
    current: Option<(ClassId, usize)>,
    rest: &'a [(ClassId, u32)],
}

impl Runs<'_> {
    /// Class of the next objects, and how many of it follow each other.
    fn next(&mut self) -> Option<(ClassId, usize)> {
        if self.current.is_none()
            && let Some(((class, objects), rest)) = self.rest.split_first()
        {
            self.current = usize::try_from(*objects).ok().map(|objects| (*class, objects));
            self.rest = rest;
        }
        self.current
    }

    /// Goes on behind so many of them.
    fn take(&mut self, objects: usize) {
        if let Some((_, left)) = &mut self.current {
            *left = left.saturating_sub(objects);
        }
        self.current.take_if(|(_, left)| *left == 0);
    }
}

/// What is said of a chunk in front of its runs.
struct Header {
    created_ms: i64,
    first: SequenceNumber,
    position: u64,
    objects: usize,
    /// Of documents, before compression.
    bytes: usize,
}

impl Header {
    /// Puts header and runs into `head`, with the checksum of the chunk that `payload` completes.
    fn encode(&self, codec: Codec, runs: &[(ClassId, u32)], payload: &[u8], head: &mut Vec<u8>) {
        let run_count = u16::try_from(runs.len()).expect("cut limits the runs of a chunk");
        let objects = u32::try_from(self.objects).expect("so many were never collected");
        let length = u32::try_from(self.bytes).expect("cut limits the bytes of a chunk");
        head.clear();
        head.extend_from_slice(&[VERSION, codec.byte()]);
        head.extend_from_slice(&run_count.to_le_bytes());
        head.extend_from_slice(&objects.to_le_bytes());
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
