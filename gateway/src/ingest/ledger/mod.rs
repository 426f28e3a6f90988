//! Exactly once where no index keeps an `_id` unique: what is known of each client file.
//!
//! MongoDB's time-series collections take a document twice. So a gateway writes down which objects
//! of a client file it is about to insert into such a collection, inserts them, and writes down
//! that it has. Where the second note is missing, nobody knows, and the collection is asked.
//!
//! ```text
//!             ┌ high water ─────────────┐
//! sequence    1 … 40 41 … 60 61 … 80 81 │ 82 …
//!             integrated │ open │ integr.│ new
//! ```
//!
//! A record says how far a client file was ever announced (*integrated up to*), and which ranges
//! below that are *open*: announced, and not known to be integrated. An object is
//!
//! - new above the high-water mark: it is inserted;
//! - in doubt inside an open range: inserted unless the collection holds its `_id`;
//! - integrated otherwise: acknowledged, or rejected again.
//!
//! # Invariants
//!
//! - An object is inserted only while its range is open, and under the number of the claim that
//!   opened it. A claim that finds another one's range takes its place only after the time in which
//!   the inserts of the other one may still take effect. So of two gateways that race for a client
//!   file, one gives up.
//! - A client sends batches with time-series classes one at a time, in order (`docs/protocol.md`);
//!   what it sends late below the high-water mark and outside the open ranges is taken for
//!   integrated.

mod claim;
mod record;
#[cfg(test)]
mod tests;

pub(super) use self::{
    claim::{Claim, ClaimError, Ledger},
    record::Known,
};
