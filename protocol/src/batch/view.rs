//! Reading a batch.

use std::collections::HashMap;

use super::{Announcement, BatchError, ClassEntry, MAGIC, VERSION};
use crate::{
    ClientFileId, SequenceNumber,
    chunk::{Chunk, ClassId},
    limits::MAX_CLASSES,
    read::Reader,
};

/// A verified view of a batch: every chunk was parsed, every class it names is described.
#[derive(Clone, Debug)]
pub struct Batch<'a> {
    /// The outbox that sends.
    pub client_file: ClientFileId,
    /// The classes in the order of the message.
    pub classes: Vec<ClassEntry>,
    /// What is announced of each of them.
    pub announcements: Vec<Announcement<'a>>,
    chunks: Vec<Chunk<'a>>,
    positions: HashMap<ClassId, usize>,
}

/// One object of a batch.
#[derive(Clone, Copy, Debug)]
pub struct BatchObject<'a> {
    /// Its position in the outbox.
    pub sequence: SequenceNumber,
    /// Its class: an index into [`Batch::classes`].
    pub class: usize,
    /// Its BSON.
    pub document: &'a [u8],
}

impl<'a> Batch<'a> {
    /// Reads and verifies a batch that fills `bytes`.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, BatchError> {
        let mut reader = Reader(bytes);
        if reader.array() != Ok(MAGIC) {
            return Err(BatchError::Magic);
        }
        let version = reader.u16()?;
        if version != VERSION {
            return Err(BatchError::Version(version));
        }
        let class_count = usize::from(reader.u16()?);
        if class_count > MAX_CLASSES {
            return Err(BatchError::TooManyClasses(class_count));
        }
        let chunk_count = reader.u32()?;
        let client_file = ClientFileId::from_bytes(reader.array()?);
        let (mut classes, mut announcements) = (Vec::new(), Vec::new());
        for _ in 0..class_count {
            let (class, announcement) = ClassEntry::read(&mut reader)?;
            classes.push(class);
            announcements.push(announcement);
        }
        let positions: HashMap<_, _> =
            classes.iter().enumerate().map(|(index, class)| (class.id, index)).collect();
        let mut chunks = Vec::new();
        for index in 0..chunk_count {
            let length = reader.len()?;
            let chunk = Chunk::parse(reader.bytes(length)?)
                .map_err(|source| BatchError::Chunk { index, source })?;
            if let Some((class, _)) = chunk.runs().find(|(class, _)| !positions.contains_key(class))
            {
                return Err(BatchError::UnknownClass(class.get()));
            }
            chunks.push(chunk);
        }
        if !reader.0.is_empty() {
            return Err(BatchError::Length);
        }
        Ok(Self { client_file, classes, announcements, chunks, positions })
    }

    /// The chunks in the order of the message.
    pub fn chunks(&self) -> impl Iterator<Item = &Chunk<'a>> {
        self.chunks.iter()
    }

    /// How many objects there are.
    #[must_use]
    pub fn object_count(&self) -> u64 {
        self.chunks.iter().map(|chunk| u64::from(chunk.objects())).sum()
    }

    /// Bytes of all documents, before compression.
    #[must_use]
    pub fn document_bytes(&self) -> u64 {
        self.chunks.iter().map(Chunk::document_bytes).sum()
    }

    /// The objects of a chunk of this batch, whose `documents` are what
    /// [`Chunk::plain_documents`] or [`Chunk::decompress`] gave.
    pub fn objects_of<'d>(
        &self,
        chunk: &Chunk<'a>,
        documents: &'d [u8],
    ) -> impl Iterator<Item = BatchObject<'d>> {
        let first = chunk.first();
        chunk.split(documents).zip(0..).filter_map(move |((class, document), offset)| {
            // `parse` made sure that every class has a position.
            let class = *self.positions.get(&class)?;
            Some(BatchObject { sequence: first.after(offset), class, document })
        })
    }
}
