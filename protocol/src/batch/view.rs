//! Reading a batch.

use std::collections::HashMap;

use super::{BatchError, ClassEntry, MAGIC, VERSION};
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
    chunks: Vec<(SequenceNumber, Chunk<'a>)>,
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
        let classes: Vec<_> =
            (0..class_count).map(|_| ClassEntry::read(&mut reader)).collect::<Result<_, _>>()?;
        let positions: HashMap<_, _> =
            classes.iter().enumerate().map(|(index, class)| (class.id, index)).collect();
        let mut chunks = Vec::new();
        for _ in 0..chunk_count {
            let first = SequenceNumber::new(reader.u64()?);
            let length = reader.len()?;
            let chunk = Chunk::parse(reader.bytes(length)?)
                .map_err(|source| BatchError::Chunk { first, source })?;
            if let Some((class, _)) = chunk.runs().find(|(class, _)| !positions.contains_key(class))
            {
                return Err(BatchError::UnknownClass(class.get()));
            }
            chunks.push((first, chunk));
        }
        if !reader.0.is_empty() {
            return Err(BatchError::Length);
        }
        Ok(Self { client_file, classes, chunks, positions })
    }

    /// The sequence numbers covered, first and last of each chunk.
    pub fn ranges(&self) -> impl Iterator<Item = (SequenceNumber, SequenceNumber)> {
        self.chunks
            .iter()
            .map(|(first, chunk)| (*first, first.after(u64::from(chunk.objects()) - 1)))
    }

    /// Every object in order.
    pub fn objects(&self) -> impl Iterator<Item = BatchObject<'a>> {
        self.chunks.iter().flat_map(move |(first, chunk)| {
            chunk.documents().zip(0..).filter_map(move |((class, document), offset)| {
                // `parse` made sure that every class has a position.
                let class = *self.positions.get(&class)?;
                Some(BatchObject { sequence: first.after(offset), class, document })
            })
        })
    }
}
