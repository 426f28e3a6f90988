//! The Admin API: how apps are configured while the gateway runs.
//!
//! Every route stands in one table, from which the router and the OpenAPI description are made.
//! Whoever may use a route at all may use it for every app of the gateway: administrators are
//! named by the configuration of the gateway, or by keys in its store, not by an app.

mod account;
mod guard;
mod infer;
mod keys;
mod log;
mod openapi;
mod refusal;
mod routes;
mod token;

pub(crate) use self::{
    account::Admins,
    log::{Entry, Log},
    refusal::Refusal,
    routes::router,
};
pub use self::{
    account::{AdminAccount, AdminAccountError},
    keys::{AdminKey, AdminKeyError, AdminKeys},
};

#[cfg(test)]
mod tests;
