//! The outbox itself, for test suites, benches and tools of this workspace.
//!
//! Realms over storage that fails are opened by `RealmBuilder::open_on`; an outbox without an
//! upload by [`Outbox::open_backend`]. Nothing here keeps compatible.

pub use super::outbox::{
    CommitError, Committer, Identity, Limits, Options, Outbox, ReadError, StoredChunk, Written,
};
