//! Why bytes are no batch.

use super::VERSION;
use crate::{
    chunk::ChunkError,
    limits::{MAX_CLASSES, MAX_SCHEMA_BYTES},
    read::Truncated,
};

/// Bytes that are no batch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BatchError {
    /// The bytes do not start with the magic number.
    #[error("not a batch: it does not start with `ASYB`")]
    Magic,
    /// Sent by a newer version of this library.
    #[error("batch has version {0}; this library reads version {VERSION}")]
    Version(u16),
    /// The bytes end before the batch does, or go on after it.
    #[error("batch has the wrong length")]
    Length,
    /// A flag of a class that this library does not know.
    #[error("class has unknown flags {0:#04x}")]
    Flags(u8),
    /// A name that is not UTF-8.
    #[error("class has a name that is not UTF-8")]
    Text,
    /// A class is announced with a schema of more than [`MAX_SCHEMA_BYTES`].
    #[error("class is announced with {0} bytes of schema, more than {MAX_SCHEMA_BYTES}")]
    SchemaTooLarge(usize),
    /// More classes than [`MAX_CLASSES`].
    #[error("batch names {0} classes, more than {MAX_CLASSES}")]
    TooManyClasses(usize),
    /// A chunk that names a class which the table does not have.
    #[error("chunk names class {0}, which the batch does not describe")]
    UnknownClass(u32),
    /// A chunk that cannot be read.
    #[error("chunk {index} of the batch cannot be read")]
    Chunk {
        /// How many chunks came before it.
        index: u32,
        /// What is wrong with it.
        source: ChunkError,
    },
}

impl From<Truncated> for BatchError {
    fn from(_: Truncated) -> Self {
        Self::Length
    }
}
