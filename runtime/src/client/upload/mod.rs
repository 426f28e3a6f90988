//! The upload: one background task per realm that streams the outbox to the server.
//!
//! ```text
//!            ┌──────────────────────── no objects left ───────────────────────┐
//!            ▼                                                                │
//!   Idle ── objects ──▶ Connecting ── first answer ──▶ Uploading ─────────────┘
//!                           ▲   │                          │
//!                 time is up│   └───── no success ─────────┤
//!                           │                              ▼
//!                           └─────────────────────────  Offline { retry_at }
//!
//!   from every state:   pause ──▶ Paused ── resume ──▶ back
//!                       no valid session ──▶ LoginRequired ── log_in_again ──▶ Connecting
//!                       realm closed ──▶ Stopped
//! ```
//!
//! Whatever goes wrong, the objects stay stored and the task tries again by itself; no new write
//! is needed to wake it. Which failure leads where is decided in one place, `recovery`; the loop
//! in `task` only obeys.

mod answer;
mod backoff;
mod recovery;
mod task;
mod transport;
mod window;

pub use backoff::RetryDelays;
pub(crate) use task::{Control, Uploader};
pub(crate) use transport::HttpTransport;

#[cfg(test)]
mod tests;

use std::time::SystemTime;

/// What the upload of a realm is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UploadState {
    /// Stopped by [`SyncSession::pause`](super::SyncSession::pause).
    Paused,
    /// The server could not be reached, or was not able to accept objects.
    Offline {
        /// When the next attempt is made.
        retry_at: SystemTime,
    },
    /// Objects are on their way and nothing has been answered yet.
    Connecting,
    /// The server answers.
    Uploading,
    /// There is nothing to upload.
    Idle,
    /// The session is over and the server gives no new one; objects stay stored. See
    /// [`User::log_in_again`](super::User::log_in_again).
    LoginRequired,
    /// The realm was closed.
    Stopped,
}
