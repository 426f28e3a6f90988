//! The sync protocol of the Realm SDKs: devices upload asymmetric objects over a web socket.
//!
//! ```text
//! route ─▶ connection ─▶ multiplexer ─▶ session      what is answered, and in which order
//!              │
//!              └──▶ upload ─▶ ingest                  what becomes of the objects
//! ```
//!
//! What the bytes mean is the business of `asymmetric-device-sync`.

mod announced;
mod batches;
mod classes;
mod connection;
mod lives;
mod multiplexer;
mod outcome;
mod prepare;
mod quarantine;
mod route;
mod session;
mod upload;
mod upsert;
mod watch;

pub(crate) use route::connect;

#[cfg(test)]
#[path = "tests/objects.rs"]
mod object_tests;
#[cfg(test)]
#[path = "tests/restored.rs"]
mod restored_tests;
#[cfg(test)]
#[path = "tests/realm.rs"]
mod tests;
