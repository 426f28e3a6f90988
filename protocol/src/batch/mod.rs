//! Batches: the body of one upload request.
//!
//! ```text
//! offset size
//!  0     4    "ASYB"
//!  4     2    version, 1
//!  6     2    number of classes
//!  8     4    number of chunks
//! 12     12   client file
//! 24          classes, each:
//!               u32       number, as the runs of the chunks name it
//!               u8        flags: 1 = lands in a time-series collection, 2 = announced
//!               32 bytes  fingerprint of the schema that the objects were written with
//!               4 texts   title, data source, database, collection: u16 length, UTF-8
//!               schema    if announced: u32 length, JSON; empty if the client does not have it
//!             chunks, each:
//!               u32       bytes of the chunk
//!               chunk     as in `chunk`
//! ```

mod class;
mod error;
mod view;
mod writer;

pub use class::{Announcement, ClassEntry};
pub use error::BatchError;
pub use view::{Batch, BatchObject};
pub use writer::BatchWriter;

/// Content type of a batch.
pub const CONTENT_TYPE: &str = "application/vnd.asymmetric.batch";

const MAGIC: [u8; 4] = *b"ASYB";
const VERSION: u16 = 1;

#[cfg(test)]
mod tests;
