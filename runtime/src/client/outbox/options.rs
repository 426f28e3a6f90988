//! How an outbox is kept.

use asymmetric_protocol::chunk::Codec;

use super::Limits;

/// How an outbox is kept. Chosen anew each time the file is opened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// How much may wait.
    pub limits: Limits,
    /// How the documents of new chunks are kept.
    pub codec: Codec,
    /// Bytes of disk that the file takes from the start.
    pub preallocate: u64,
}
