//! A store on a MongoDB deployment.
//!
//! The driver waits where it should give up: a server that stopped answering, without closing its
//! connections, blocks a call for as long as it likes. So every call here has a deadline.

mod classify;
mod insert;
mod store;

pub(super) use self::classify::refused_request;
pub use self::store::{ConnectError, MongoStore};
pub(crate) use self::store::{Found, time_series_options};
