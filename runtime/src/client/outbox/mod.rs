//! The storage behind a realm.
//!
//! # Contract
//!
//! - When [`Outbox::commit`] returns `Ok`, its objects are durable: one commit of redb, one
//!   `fdatasync`, shared by all writers that were waiting at that moment. Two syncs where a writer
//!   asks for [`Durability::Paranoid`], and over a backlog so large that a repair would take long.
//! - Objects have consecutive sequence numbers in the order of commits. A number is never used
//!   twice, not even after the outbox was empty.
//! - An object leaves only because the server acknowledged it, or because the server rejected it;
//!   then it moves to the table of rejected objects in the same commit.
//! - Chunks leave in order. What is acknowledged behind a chunk that is not waits in memory: after
//!   a crash it is sent again, and the gateway recognises it. So the objects that are left are
//!   always the ones from the first chunk to the end, and opening a file needs to read no more
//!   than its first and its last chunk.
//! - After a failed commit nothing more is written until the file is opened again: whether the
//!   last write reached the disk is unknown.
//!
//! The bytes are described in `docs/outbox-format.md`.

mod commit;
mod durability;
mod error;
mod file;
mod group;
mod meta;
mod primary_keys;
mod reader;
mod rejected;
mod sealed;
mod settled;

pub use durability::Durability;
pub use error::{CommitError, OpenError};
pub use file::Outbox;
pub(crate) use meta::StoredSession;
pub(crate) use primary_keys::PrimaryKeys;
pub use reader::{ReadError, StoredChunk};
pub use rejected::RejectedObject;
#[cfg(feature = "test-util")]
pub use {file::Identity, group::Written};

#[cfg(test)]
mod tests;
