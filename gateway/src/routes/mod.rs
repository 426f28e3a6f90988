//! HTTP in and out, and nothing else.

mod accounts;
mod acting;
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
mod proxy;
mod router;
mod session;

pub(crate) use self::{
    bearer::Bearer,
    caller::{Peer, Remote},
    proxy::client,
    router::router,
};
pub use self::{
    proxy::{TrustedProxy, TrustedProxyError},
    router::Audience,
};

#[cfg(test)]
pub(crate) mod tests;
