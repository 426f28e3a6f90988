//! From an upload to an acknowledgement.
//!
//! receive (bounded) → decompress (bounded) → parse → check every object → write → answer. Objects
//! are acknowledged only after the store has made them durable; a failure on the way claims nothing,
//! so the client sends again, and the `_id` makes that harmless.

mod body;
mod inflight;
mod integrate;
mod ledger;
mod pipeline;
mod plan;
mod sender;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use self::{
    inflight::{InFlight, Limits},
    integrate::Integration,
    pipeline::{ingest, integrate, refuse},
    sender::Sender,
};
