//! Apps on a server, by the Admin API of App Services (v3.0).
//!
//! What is here speaks to any server with that API, first of all to a gateway. Sessions are renewed
//! by themselves; nothing else is tried twice. Whole apps travel as a zip of their directory, so that
//! what is pulled is what was pushed, byte for byte.
//!
//! Everything is a future for the runtime of the caller. Build scripts never come here: it takes the
//! feature `push`.

mod app;
mod client;
mod draft;
mod error;
mod plan;
mod schemas;
#[cfg(test)]
mod tests;
mod tls;
mod transfer;
mod users;

pub use app::App;
pub use client::{AdminClient, KeyPair};
pub use draft::{DeploymentStatus, Draft};
pub use error::AdminError;
pub use plan::{PushPlan, Step};
pub use schemas::ServerSchemas;
