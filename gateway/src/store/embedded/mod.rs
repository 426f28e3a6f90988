//! A store in one file, for development and for sites without a MongoDB server.
//!
//! One thread writes, and everything that waits for it goes into one durable commit
//! ([`writer`]); readers run beside it on snapshots ([`snapshot`]). The file is a redb database
//! ([`file`](mod@file)).

mod file;
mod key;
mod search;
mod snapshot;
mod store;
mod writer;

pub use self::{file::OpenError, store::EmbeddedStore};
