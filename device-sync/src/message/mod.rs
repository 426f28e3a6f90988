//! The messages of both sides.
//!
//! ```text
//! message = name { SP number } LF body
//! ```
//!
//! One message of the protocol is one binary message of the web socket. The header is ASCII, its
//! words are separated by exactly one space, and what the header announces fills the message to
//! its last byte.

mod client;
mod error;
mod header;
mod server;
mod upload;

pub use client::{BindOptions, ClientMessage, Cursors, Ident, Query};
pub use error::{Action, Backoff, ErrorCode, RejectedUpdate, Rejection, ServerError};
pub use header::MessageError;
pub use server::{BatchState, Download, LogLevel, NoOperation, ServerMessage};
pub use upload::{Entries, Entry, Upload};

/// Milliseconds between 1970, where Unix begins to count, and 2015, where the protocol does.
const EPOCH_MILLIS: i64 = 1_420_070_400_000;
