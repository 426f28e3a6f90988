//! What crosses the wire between an outbox and a gateway: messages and limits, no HTTP library.
//!
//! | module | holds |
//! |---|---|
//! | [`chunk`] | runs of encoded objects, as the outbox stores them and as a batch carries them |
//! | [`batch`] | the body of one upload request: who sends, which classes, whole chunks |
//! | [`ack`] | the answer: what is durable, what is rejected and why |
//! | [`client_api`] | the JSON bodies of the App Services client API |
//! | [`limits`] | sizes that both sides hold each other to |
//!
//! All integers are little-endian and of fixed width. `docs/protocol.md` draws every byte; the
//! tests of this crate pin them.

pub mod ack;
pub mod batch;
pub mod chunk;
pub mod client_api;
mod id;
pub mod limits;
mod read;

pub use id::{ClientFileId, ParseClientFileIdError, SequenceNumber};
