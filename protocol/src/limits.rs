//! Sizes that both sides hold each other to.

/// Largest object, in bytes of BSON: MongoDB's own limit.
pub const MAX_OBJECT_BYTES: usize = 16 * 1024 * 1024;

/// Size at which the outbox cuts chunks, header included.
///
/// redb stores a value in a page of a power of two; this much fits a page of 256 KiB together with
/// the page's own book-keeping. Only a chunk that holds a single object may be larger.
pub const CHUNK_BYTES: usize = 261_000;

/// Largest batch a gateway has to accept, after decompression: the message limit App Services had.
///
/// It leaves room for the largest object in a chunk of its own.
pub const MAX_BATCH_BYTES: usize = 20 * 1024 * 1024;

/// Most classes one batch may name.
pub const MAX_CLASSES: usize = 4096;

/// Largest schema that a class may be announced with, as JSON.
pub const MAX_SCHEMA_BYTES: usize = 256 * 1024;

/// Most bytes of schemas that a client puts into one batch; the rest goes with the next.
pub const MAX_ANNOUNCED_BYTES: usize = 1024 * 1024;
