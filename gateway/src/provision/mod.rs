//! Making the collections that classes need, in MongoDB.
//!
//! An ordinary collection makes itself with its first document. A time-series collection does not,
//! and what became an ordinary one stays that, so it has to be there before. Validators are a second
//! look at documents that do not come through the gateway.
//!
//! Classes declare no indexes. What reads the documents knows which it needs; the one that every reader
//! of a time series needs, its measurements of one source in the order of time, is made here.
//!
//! [`provision`] compares what is there with what the classes need, and makes what is missing. It
//! never drops anything and never changes what a collection is; where that would be needed, it
//! says so ([`Action::Conflict`]).

mod collection;
#[cfg(test)]
mod tests;

pub use self::collection::{Action, Options, ProvisionError, Step, provision};
