//! Real and faulty parts that the test suites share.
//!
//! | part | is |
//! |---|---|
//! | [`cache`] | where test tools are installed, shared with `cargo xtask` |
//! | [`device_sync`] | what a Realm client does, for the protocol of its SDKs |
//! | [`FaultyBackend`] | a disk in memory that loses power, breaks and fills up at a chosen call |
//! | [`MongoServer`] | a real server with MongoDB's wire protocol, as a process that can be killed |
//! | [`ReservedAddress`] | an address that stays its own while nobody listens |
//! | [`SmallDisk`] | a real file system that is soon full |
//! | [`TcpProxy`] | a proxy that cuts, refuses, delays, and loses answers |
//! | [`soak_duration`] | how long the tests last that look for rare faults |
//! | [`UserPackage`] | a package that depends on ours, outside the workspace |
//!
//! Nothing here skips: a part that is missing is an error that says which command installs it.

pub mod cache;
#[cfg(feature = "device-sync")]
pub mod device_sync;
#[cfg(feature = "faulty-backend")]
pub mod faulty_backend;
#[cfg(feature = "mongo")]
mod mongo;
#[cfg(feature = "proxy")]
mod proxy;
#[cfg(all(unix, feature = "reserved-address"))]
mod reserved_address;
#[cfg(all(unix, feature = "small-disk"))]
mod small_disk;
mod soak;
#[cfg(feature = "user-package")]
mod user_package;

#[cfg(feature = "faulty-backend")]
pub use faulty_backend::FaultyBackend;
#[cfg(feature = "mongo")]
pub use mongo::{MongoServer, MongoServerError};
#[cfg(feature = "proxy")]
pub use proxy::{Mode, TcpProxy};
#[cfg(all(unix, feature = "reserved-address"))]
pub use reserved_address::ReservedAddress;
#[cfg(all(unix, feature = "small-disk"))]
pub use small_disk::SmallDisk;
pub use soak::{SOAK_SECONDS, soak_duration};
#[cfg(feature = "user-package")]
pub use user_package::UserPackage;
