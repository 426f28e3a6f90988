//! Looking into the files of realms that are closed: for operators, and for programs that find
//! their file damaged.
//!
//! | to | use |
//! |---|---|
//! | know what is in a file | [`OutboxFile::summary`] |
//! | verify every checksum, and that nothing is missing | [`OutboxFile::check`] |
//! | take the objects out by hand | [`OutboxFile::objects`], [`OutboxFile::rejected`] |
//! | give unused space back to the disk | [`compact`] |
//! | save what is left of a damaged file | [`salvage`] |
//!
//! [`OutboxFile`] changes nothing, not even where a crash left something to repair: the repair is
//! made in memory. A file that a realm has open is refused by all of them.
//!
//! ```no_run
//! # use asymmetric::{App, OpenError, Realm, User, outbox, realm_schema, asymmetric};
//! # #[asymmetric(database = "telemetry")]
//! # struct Reading { #[asymmetric(primary_key)] id: asymmetric::ObjectId }
//! # realm_schema! { struct Telemetry = [Reading]; }
//! # fn open(user: &User, report: impl Fn(outbox::Salvaged)) -> Result<Realm<Telemetry>, OpenError> {
//! match Realm::<Telemetry>::open(user, "telemetry.realm") {
//!     // The damaged file stays beside the new one.
//!     Err(OpenError::Corrupt { path, .. }) => {
//!         report(outbox::salvage(&path, None)?);
//!         Realm::open(user, path)
//!     }
//!     opened => opened,
//! }
//! # }
//! ```

mod check;
mod compact;
mod file;
mod objects;
mod overlay;
mod salvage;
mod scan;
mod summary;

pub use check::{Check, Fault};
pub use compact::{Compacted, compact};
pub use file::OutboxFile;
pub use objects::PendingObject;
pub use salvage::{Salvaged, salvage};
pub use summary::{ClassSummary, Summary};

#[cfg(test)]
#[cfg(not(shuttle))]
mod tests;
