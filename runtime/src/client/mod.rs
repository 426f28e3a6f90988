//! The part of the library that has a file and a network.

mod app;
mod credentials;
mod error;
mod events;
mod http;
mod observe;
#[cfg_attr(not(feature = "test-util"), expect(unreachable_pub, reason = "see `test_util`"))]
mod outbox;
mod progress;
mod realm;
mod realm_upload;
pub mod refused;
mod sync_session;
#[cfg(feature = "test-util")]
pub mod test_util;
mod tls;
mod transaction;
mod upload;
mod user;
mod write;

pub use app::{App, AppBuilder, BuildError, DeviceInfo, EmailPasswordAuth};
pub use credentials::{Credentials, PayloadError};
pub use error::Error;
pub use events::{SyncEvent, SyncEvents};
pub use http::RequestError;
pub use outbox::inspect;
pub use outbox::{
    DamagedChunk, DropReason, Durability, OpenError, Receipt, ReceiptError, RejectedObject, Ticket,
    Waiting, WhenFull,
};
pub use progress::Progress;
pub use realm::{Realm, RealmBuilder, StorageError};
pub use realm_upload::ShutdownError;
pub use sync_session::{SyncSession, WaitError};
pub use transaction::{Transaction, WriteError};
pub use upload::{RetryDelays, UploadState};
pub use user::{ApiKey, ApiKeys, NewApiKey, Profile, User, UserIdentity};
