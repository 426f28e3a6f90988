//! Every route without a socket.

mod accounts;
mod client_api;
mod documents;
mod ingest;
mod matrix;
mod node;
