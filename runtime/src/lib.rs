//! Write-only objects that survive crashes and reach MongoDB exactly once.

pub mod model;

#[cfg(feature = "client")]
mod client;

#[cfg(feature = "client")]
pub use client::refused;
#[cfg(feature = "client")]
pub use client::{
    App, AppBuilder, BuildError, Credentials, Error, OpenError, Progress, Realm, RealmBuilder,
    RejectedObject, RequestError, RetryDelays, StorageError, SyncSession, Transaction, UploadState,
    User, WaitError, WriteError,
};

/// Property types and schemas.
pub use asymmetric_schema as schema;
pub use bson::{Binary, Bson, DateTime, Decimal128, Uuid};
#[doc(inline)]
pub use model::declare::{Property, PropertyEnum, asymmetric, embedded, realm_schema};
pub use model::{
    AsymmetricObject, EmbeddedObject, InvalidObject, InvalidValue, Link, LinkedObject, ListElement,
    MemberOf, ObjectId, PrimaryKey, Property, Schema, SetElement,
};

#[doc(hidden)]
pub use model::private as __private_0_1_0;
