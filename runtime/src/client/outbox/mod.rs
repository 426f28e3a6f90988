//! The storage behind a realm.
//!
//! # Contract
//!
//! - When [`Outbox::commit`] returns `Ok`, its objects are durable: one commit of redb, one
//!   `fdatasync`, shared by all writers that were waiting at that moment. Two syncs where a writer
//!   asks for [`Durability::Paranoid`], and over a backlog so large that a repair would take long.
//!   With [`Durability::Buffered`] they are in memory, and durable within the stated window.
//! - Objects have consecutive sequence numbers in the order of commits. A number is never used
//!   twice, not even after the outbox was empty.
//! - An object leaves only because the server acknowledged it; because the server rejected it, when
//!   it moves to the table of rejected objects in the same commit; or because of a limit that the
//!   user chose, when it is counted in the same commit and told as an event.
//! - Chunks leave in order. What is acknowledged behind a chunk that is not waits in memory: after
//!   a crash it is sent again, and the gateway recognises it. So the objects that are left are
//!   always the ones from the first chunk to the end, and opening a file needs to read no more
//!   than its first and its last chunk.
//! - A chunk that cannot be read blocks nobody: it is told, kept aside in a table of its own, and
//!   counts as settled.
//! - After a failed commit nothing more is written until the file is opened again: whether the
//!   last write reached the disk is unknown.
//! - Memory is bounded whatever the backlog and however large a transaction: 8 MiB and one object
//!   for each transaction that is being made, as much for the queue of one commit, redb's cache
//!   (16 MiB), and one chunk at a time when reading.
//!
//! The bytes are described in `docs/outbox-format.md`.
//!
//! # Threads
//!
//! Whoever waits with a thread leads commits; the [`Committer`] leads those that nobody waits for
//! with a thread, and does what has to be done while nobody writes: expiry, compaction, and a last
//! commit that makes a repair quick. Two locks: the group's, held for no more than a copy in memory,
//! and that of the database, which only compaction takes for itself. Whoever holds the second may
//! take the first, never the other way round.

mod chores;
mod commit;
mod committer;
mod creation;
mod damaged;
mod disk;
mod draft;
mod drops;
mod durability;
mod error;
mod event;
mod fates;
mod file;
mod group;
mod horizon;
pub mod inspect;
mod limits;
mod meta;
mod options;
mod places;
mod primary_keys;
mod queue;
mod reader;
mod receipt;
mod rejected;
mod reserve;
mod scan;
mod sealed;
mod settled;
mod spill;
mod sync;
mod ticket;
mod withdraw;

pub use committer::Committer;
pub use damaged::DamagedChunk;
pub(crate) use draft::Draft;
pub use drops::DropReason;
pub use durability::Durability;
pub use error::{CommitError, OpenError};
pub(crate) use event::OutboxEvent;
pub use file::{Identity, Outbox};
pub use limits::{Limits, WhenFull};
pub(crate) use meta::StoredSession;
pub use options::Options;
pub(crate) use primary_keys::PrimaryKeys;
pub use queue::Written;
pub use reader::{ReadError, StoredChunk};
pub use receipt::{Receipt, ReceiptError};
pub use rejected::RejectedObject;
pub use ticket::{Ticket, Waiting};

#[cfg(test)]
#[cfg(shuttle)]
mod interleavings;
#[cfg(test)]
#[cfg(not(shuttle))]
mod proof;
#[cfg(test)]
#[cfg(not(shuttle))]
mod tests;
