//! Every route without a socket.

pub(crate) mod accounts;
mod client_api;
mod data_api;
mod documents;
mod hidden;
mod ingest;
mod matrix;
mod node;
mod senders;
