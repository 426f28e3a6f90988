//! Rejected objects, kept for people to look at.
//!
//! A device is told that an object was rejected only after the object stands here, with the reason
//! and its bytes. It stays until somebody discards it, or replays it: puts it into its collection
//! after all, once what was wrong there is mended.

mod record;
mod replay;
#[cfg(test)]
mod tests;

pub use self::{
    record::{RejectedObject, RejectedObjects},
    replay::{ReplayError, Replayed},
};
