//! Chunks: runs of encoded objects, stored and sent as the same bytes.
//!
//! ```text
//! offset size
//!  0     1    version, 1
//!  1     1    codec of the documents, 0 = as they are, 1 = one zstd frame
//!  2     2    number of runs
//!  4     4    number of objects, at least 1
//!  8     8    when the chunk was written, milliseconds since 1970
//! 16     4    bytes of documents, uncompressed
//! 20     4    CRC-32C of bytes 0..20 and of all bytes from 24 on
//! 24     8    position: bytes of all documents that the outbox ever held before these
//! 32     8    sequence number of the first object
//! 40     8*n  runs: class u32, objects u32
//!             documents: BSON, back to back, as the codec says
//! ```
//!
//! A run says that its next so many objects are of one class; the number of a class is given its
//! meaning by the table that the outbox keeps and every batch repeats. A chunk says itself which
//! sequence numbers it holds, so one that is found in the wrong place is known to be.

mod cutter;
mod layout;
mod objects;
mod view;

pub use cutter::Cutter;
pub use layout::{ClassId, Codec};
pub use objects::Objects;
pub use view::{Chunk, ChunkError};

#[cfg(test)]
mod tests;
