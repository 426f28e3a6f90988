//! Write-only objects that survive crashes and reach MongoDB exactly once.
//!
//! A device produces records that nobody on the device reads again: sensor readings, invoices,
//! application events. This crate keeps them durably in a file, streams them to a gateway whenever
//! there is a network, and removes them once the server has made them durable. It is no database
//! to read from: what is written is never seen again on the device.
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use asymmetric::{
//!     App, Credentials, DateTime, ObjectId, Realm, asymmetric, embedded, realm_schema,
//! };
//!
//! /// One reading of one station.
//! #[asymmetric(database = "telemetry", rename_all = "camelCase")]
//! pub struct WeatherSensor {
//!     #[asymmetric(primary_key)]
//!     pub id: ObjectId,
//!     pub taken_at: DateTime,
//!     pub temperature: f64,
//!     pub wind: Option<Wind>,
//! }
//!
//! #[embedded]
//! pub struct Wind {
//!     pub speed: f64,
//!     pub direction: Option<i32>,
//! }
//!
//! realm_schema! { pub struct Telemetry = [WeatherSensor]; }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), asymmetric::Error> {
//!     let app = App::builder("weather-abcde").base_url("http://127.0.0.1:9090").build()?;
//!     let user = app.log_in(Credentials::anonymous()).await?;
//!     let realm = Realm::<Telemetry>::open(&user, "telemetry.realm")?;
//!
//!     realm.write(|tx| {
//!         tx.create(WeatherSensor {
//!             id: ObjectId::new(),
//!             taken_at: DateTime::now(),
//!             temperature: 71.6,
//!             wind: Some(Wind { speed: 4.5, direction: None }),
//!         })
//!     })?; // durable
//!
//!     realm.sync_session().wait_for_upload(Duration::from_secs(30)).await?;
//!     Ok(())
//! }
//! ```
//!
//! # Where to start
//!
//! | for | see |
//! |---|---|
//! | declaring classes | [`asymmetric`](macro@asymmetric), [`embedded`](macro@embedded), [`realm_schema`], [`Property`](trait@Property) |
//! | shipping no class that the schema lock does not know | [`assert_locked`] |
//! | logging in, or not being able to yet | [`App::log_in`], [`App::log_in_later`] |
//! | writing | [`Realm::write`], [`Realm::create`], [`Realm::create_all`], [`Transaction`], [`Durability`] |
//! | looking into a file, saving a damaged one | [`outbox`] |
//! | knowing what became of it | [`Ticket`], [`SyncSession`], [`Progress`], [`SyncEvent`], [`RejectedObject`] |
//! | users | [`App::log_in`], [`Credentials`], [`User`], [`AppBuilder::remember_users`] |
//!
//! # Guarantees
//!
//! - When [`Realm::write`] returns, its objects survive power loss; all of them, or none.
//! - An object leaves the device only when the server has acknowledged it. If the server refuses
//!   it for good, it is kept, with a code and a reason.
//! - Sending again is safe: the first object of a primary key wins, and is never changed.
//! - The upload goes on by itself after any failure, on a thread and connections of its own.
//!
//! # Limits
//!
//! - An object has at most 16 MiB of BSON, which is MongoDB's limit.
//! - Objects of one realm arrive in the order of their commits only as long as nothing fails.
//! - Exactly once rests on `_id`; for time-series collections, which do not have it unique, the
//!   gateway has to keep a ledger.
//!
//! # Features
//!
//! | feature | brings |
//! |---|---|
//! | `client` (default) | the outbox and the upload. Without it only the model remains, which is all a build script needs |
//! | `bytes`, `chrono`, `jiff`, `time`, `uuid` | properties of the types of these crates |
//! | `schemars` | `schemars::JsonSchema` (1.x) for every class and everything that has a derive of ours: documents as relaxed Extended JSON. They must not derive it themselves; a class may, if the derive stands below our attribute |

pub mod model;

#[cfg(feature = "client")]
mod client;

#[cfg(feature = "client")]
pub use asymmetric_protocol::{SequenceNumber, ack::RejectionCode};
#[cfg(feature = "client")]
pub use client::inspect as outbox;
#[cfg(feature = "client")]
pub use client::refused;
#[cfg(feature = "test-util")]
#[doc(hidden)]
pub use client::test_util;
#[cfg(feature = "client")]
pub use client::{
    ApiKey, ApiKeys, App, AppBuilder, BuildError, Credentials, DamagedChunk, DeviceInfo,
    DropReason, Durability, EmailPasswordAuth, Error, NewApiKey, OpenError, PayloadError, Profile,
    Progress, Realm, RealmBuilder, Receipt, ReceiptError, RejectedObject, RequestError,
    RetryDelays, ShutdownError, StorageError, SyncEvent, SyncEvents, SyncSession, Ticket,
    Transaction, UploadState, User, UserIdentity, WaitError, Waiting, WhenFull, WriteError,
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
