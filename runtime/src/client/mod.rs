//! The part of the library that has a file and a network.

mod app;
mod credentials;
mod error;
mod http;
#[cfg_attr(not(feature = "test-util"), expect(unreachable_pub, reason = "see `test_util`"))]
mod outbox;
mod progress;
mod realm;
pub mod refused;
mod sync_session;
#[cfg(feature = "test-util")]
pub mod test_util;
mod tls;
mod transaction;
mod upload;
mod user;
mod write;

pub use app::{App, AppBuilder, BuildError};
pub use credentials::Credentials;
pub use error::Error;
pub use http::RequestError;
pub use outbox::{
    DamagedChunk, DropReason, Durability, OpenError, OutboxEvent, RejectedObject, Ticket, Waiting,
    WhenFull,
};
pub use progress::Progress;
pub use realm::{Realm, RealmBuilder, StorageError};
pub use sync_session::{SyncSession, WaitError};
pub use transaction::{Transaction, WriteError};
pub use upload::{RetryDelays, UploadState};
pub use user::User;
