//! What a Realm client does: changesets written as its encoder writes them, a file, a connection.
//!
//! The client insists on what real ones insist on, so that a server that breaks a rule fails a test
//! instead of an app.

mod changeset;
#[cfg(feature = "realm-client")]
mod client;
#[cfg(feature = "realm-client")]
mod file;
mod object;
#[cfg(feature = "realm-client")]
mod server_message;

pub use changeset::ChangesetWriter;
#[cfg(feature = "realm-client")]
pub use client::{ClientError, Generation, RealmClient};
#[cfg(feature = "realm-client")]
pub use file::RealmFile;
#[cfg(feature = "realm-client")]
pub use server_message::{Refusal, Said};
