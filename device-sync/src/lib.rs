//! The sync protocol of the Realm SDKs, as far as devices upload asymmetric objects with it.
//!
//! Apps that were built with a Realm SDK keep their objects in the history of a local database and
//! stream them over a web socket. This crate turns what they send into documents, and says what to
//! answer; it does no I/O.
//!
//! | module | holds |
//! |---|---|
//! | [`negotiation`] | which version of the protocol a web socket speaks |
//! | [`message`] | the messages of both sides, and the errors among them |
//! | [`changeset`] | the instructions that one write transaction of a device became |
//! | [`document`] | the objects that the instructions of a changeset add up to, as BSON |
//! | [`announcement`] | the classes that a device announces, as App Services schemas |
//!
//! `docs/device-sync.md` describes the protocol, and the versions of the SDKs that speak it.
//!
//! # Limits
//!
//! Flexible sync, protocol versions 6 to 14. Downloads exist only as far as clients insist on
//! them: nothing is ever read from the server.

pub mod announcement;
pub mod changeset;
pub mod document;
pub mod message;
pub mod negotiation;
