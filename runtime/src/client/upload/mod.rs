//! The upload: one background task per realm that streams the outbox to the server.
//!
//! The states and what leads from one to another are drawn at [`UploadState`].
//!
//! | file | question |
//! |---|---|
//! | `recovery` | what a failure calls for: the policy, as a value |
//! | `state` | which state is published |
//! | `window`, `piece` | which objects go into the next batch, and how a batch is cut |
//! | `pace`, `cap` | how much travels at a time, and how fast |
//! | `backoff`, `surroundings` | when the next attempt is made |
//! | `answer`, `held` | what an acknowledgement means, and when it counts |
//! | `announcing` | which classes the server wants to be told |
//! | `task` | the loop, which asks all of these and obeys |
//!
//! Whatever goes wrong, the objects stay stored and the task tries again by itself; no new write
//! is needed to wake it.

mod announcing;
mod answer;
mod backoff;
mod cap;
mod held;
mod options;
mod pace;
mod piece;
mod recovery;
mod state;
mod surroundings;
mod task;
mod transport;
mod window;

pub use backoff::RetryDelays;
pub(crate) use options::UploadOptions;
pub use state::UploadState;
pub(crate) use surroundings::Machine;
pub(crate) use task::{Control, Orders, Uploader, Wires};
pub(crate) use transport::{Body, HttpTransport};

#[cfg(test)]
mod tests;
