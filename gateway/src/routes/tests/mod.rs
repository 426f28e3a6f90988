//! Every route without a socket.

mod client_api;
mod ingest;
