//! Takes asymmetric objects from devices and makes them durable in MongoDB, or in a file.
//!
//! A gateway speaks the App Services client API for login and sessions, and the upload protocol of
//! `docs/protocol.md` for objects. It answers an upload only after its store has made the objects
//! durable. A program that wants one inside itself builds it from a store, serves it on a listener
//! and shuts it down:
//!
//! ```
//! use std::{sync::Arc, time::Duration};
//!
//! use asymmetric_gateway::{Drained, EmbeddedStore, Gateway, Namespace, Store};
//! use tokio::net::TcpListener;
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = tempfile::tempdir()?;
//! # let directory = directory.path();
//! let store = Arc::new(EmbeddedStore::open(directory).await?);
//! let gateway = Gateway::builder(store).dev(true).build().await?;
//! let server = gateway.serve(TcpListener::bind("127.0.0.1:0").await?)?;
//! println!("serving on {}", server.url());
//!
//! let readings = Namespace::new("telemetry", "WeatherSensor")?;
//! println!("{} objects so far", gateway.store().count(&readings).await?);
//!
//! assert_eq!(server.shutdown(Duration::from_secs(10)).await, Drained::Completely);
//! # Ok(())
//! # }
//! ```
//!
//! # Guarantees
//!
//! - An object that was acknowledged is durable. An object that was rejected was not stored. Of any
//!   other nothing is claimed, and sending it again is safe.
//! - The first write of an `_id` wins: an object is in its collection once, however often it is sent.
//!   In time-series collections, which take an `_id` twice, a ledger per client file sees to that.
//! - Memory is bounded: above a budget of bytes, clients are told to come back.
//!
//! # Limits
//!
//! A time-series collection must exist before its first object comes, or a schema lock must say what
//! it is made with, or a device in development mode; until then, devices keep them. Of an insert that
//! the gateway gave up it believes that MongoDB does not begin with it half a minute later.

mod admin;
pub mod apps;
mod auth;
mod classes;
mod counters;
mod data_api;
mod development;
mod device_sync;
mod documents;
mod ejson;
mod error;
mod functions;
mod gateway;
mod ingest;
mod namespace;
pub mod provision;
mod query;
pub mod rejected;
mod routes;
mod rules;
mod server;
pub mod store;
mod telemetry;
#[cfg(test)]
mod testing;
pub mod validate;

pub use admin::{AdminAccount, AdminAccountError, AdminKey, AdminKeyError, AdminKeys};
pub use auth::TokenLifetimeError;
pub use counters::Counters;
pub use gateway::{BuildError, Gateway, GatewayBuilder};
pub use namespace::{Namespace, NamespaceError};
pub use routes::{Audience, TrustedProxy, TrustedProxyError};
pub use server::{Drained, Server, Tls, TlsError};
pub use store::{EmbeddedStore, MongoStore, Store};
