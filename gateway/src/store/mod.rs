//! Where objects become durable, and where the gateway keeps what it must not forget.
//!
//! [`Store`] is the contract, [`EmbeddedStore`] and [`MongoStore`] are the two kinds there are. One
//! suite of tests runs against both.
//!
//! Invariants:
//!
//! - [`Outcome::Inserted`] and [`Outcome::AlreadyThere`] are said only of documents that are
//!   durable: they survive power loss of the store's machine.
//! - The first write of an `_id` wins; a document is never replaced by an insert.
//! - Repeating any call is safe.

mod contract;
mod document;
mod embedded;
mod error;
mod mongo;
mod order;
mod record;
#[cfg(test)]
mod suite;

pub use self::{
    contract::{CollectionKind, Find, Insert, Inserted, Outcome, Store},
    document::{Document, MalformedDocument},
    embedded::{EmbeddedStore, OpenError},
    error::StoreError,
    mongo::{ConnectError, MongoStore},
};
pub(crate) use self::{
    document::{MAX_DOCUMENT_BYTES, id_document},
    mongo::{Found, time_series_options},
    order::{in_order, limited},
    record::{Record, Records},
};
