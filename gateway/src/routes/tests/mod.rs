//! Every route without a socket.

pub(crate) mod accounts;
mod client_api;
mod documents;
mod ingest;
mod matrix;
mod node;
