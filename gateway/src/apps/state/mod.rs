//! What the store keeps of apps, so that all gateways on it serve the same.
//!
//! ```text
//! apps            app id -> revision       a hint: where to look for the newest revision
//! app_revisions   app id / revision        who the app is, its secrets, and trees by digest
//! app_blobs       digest -> bytes          files, and trees: which path has which digest
//! ```
//!
//! A change inserts the next revision. An insert of a key that exists does nothing, so of two
//! gateways that change one app at the same time one wins, and the other looks again. Blobs bear
//! the digest of their bytes and never change.
//!
//! Blobs that no revision names are removed after a day. Whoever wants a blob to be there notes when,
//! and only what nobody has wanted for that long is removed, provided that the note is still the
//! old one: so a blob is there from the moment it is saved until long after the revision that
//! names it is stored.

mod collect;
mod edit;
mod record;
mod repository;

pub(crate) use self::{
    collect::GRACE,
    edit::{Edit, EditError},
    record::{AppState, Deployment, Draft, Secret, Stored},
    repository::{Repository, hex},
};
