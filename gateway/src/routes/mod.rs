//! HTTP in and out, and nothing else.

mod accounts;
mod api_keys;
mod bearer;
mod body;
mod call;
mod caller;
mod cors;
mod data_api;
mod health;
mod ingest;
mod location;
mod login;
mod request_id;
mod router;
mod session;

pub(crate) use self::{caller::Peer, router::router};

#[cfg(test)]
mod tests;
