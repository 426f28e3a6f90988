//! Development mode: an app learns classes from its devices.
//!
//! ```text
//! device: schema of a class ─▶ merge with what the app has ─▶ files of the app ─▶ a new revision
//!                                   │                           schema.json, relationships.json
//!                                   └ not additive: refused     rules.json, sync/config.json
//!                                                               sync/learnt.json
//! ```
//!
//! It is off unless `sync/config.json` says `development_mode_enabled`, and an app in production
//! cannot say so. What is learnt becomes a part of the app's files, so that all gateways on the
//! store serve it, and a pull brings it home.
//!
//! Only what is added is learnt: classes, properties, what a schema allows besides. What devices of
//! an earlier build would miss, such as a new property that every object must have, becomes
//! optional. Everything else is refused, and so are the objects of such a class.
//!
//! Devices of Asymmetric announce whole classes, which are versions in their own right: their
//! objects are held against them (`sync/learnt.json`). Realm SDKs announce tables and columns, which
//! are read as additions to what the app has ([`realm`]).

mod learn;
mod merge;
mod realm;
mod teach;
#[cfg(test)]
mod tests;
mod versions;

pub(crate) use self::{realm::RealmClass, versions::Versions};
