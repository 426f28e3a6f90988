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
mod router;
mod session;

pub use self::router::Audience;
pub(crate) use self::{
    bearer::Bearer,
    caller::{Peer, Remote},
    router::router,
};

#[cfg(test)]
pub(crate) mod tests;
