//! Exports the schemas of asymmetric objects from a build script.
//!
//! What is written is an App Services app directory, which a gateway loads as it is:
//!
//! ```text
//! app-services/
//! ├── root_config.json                            created if missing, then yours
//! ├── sync/config.json                            created if missing, then yours
//! └── data_sources/mongodb-atlas/
//!     ├── config.json                             created if missing, then yours
//!     └── telemetry/WeatherSensor/
//!         ├── schema.json                         kept up to date
//!         ├── relationships.json                  kept up to date
//!         └── time_series.json                    kept up to date, for time series only
//! ```
//!
//! # Examples
//!
//! The models are compiled into the build script, by `#[path]` or as a build dependency:
//!
//! ```no_run
//! // build.rs
//! # mod models {
//! #     use asymmetric_schema::{ObjectSchema, PropertySchema, PropertyType, RealmSchema, Schema};
//! #     const PROPERTIES: &[PropertySchema] =
//! #         &[PropertySchema::new("_id", PropertyType::ObjectId)];
//! #     const CLASSES: &[ObjectSchema] = &[ObjectSchema::new("WeatherSensor", PROPERTIES)];
//! #     pub struct Telemetry;
//! #     impl Schema for Telemetry {
//! #         const REALM: RealmSchema = RealmSchema::new(CLASSES);
//! #     }
//! # }
//! fn main() -> asymmetric_schema_gen::Result<()> {
//!     asymmetric_schema_gen::export::<models::Telemetry>()
//!         .to("app-services")
//!         .locked_by("schema.lock")
//!         .run()
//! }
//! ```
//!
//! # Guarantees
//!
//! - Nothing is written outside `OUT_DIR` unless [`Export::to`] or the variable
//!   [`EXPORT_TO`] says where; never on docs.rs.
//! - A change that would refuse objects of programs in the field fails the build, where there is a
//!   lock ([`Export::locked_by`]).
//! - With `asymmetric::assert_locked!` in its sources, a program whose own classes are others than those
//!   of its build script does not compile.
//! - Where `CI` is set nothing that is committed is written: what is out of date fails the build, with
//!   the command that mends it.
//! - The network is never touched.
//! - A file is touched only if its content changes; a build that changes nothing compiles nothing.
//! - A file appears whole or not at all, also if two builds run at the same time.
//! - The directory of a class that was removed is reported, and left for you to delete.
//! - Rules are never written: who may insert is not for a build script to decide.

#[cfg(feature = "push")]
pub mod admin;
mod app_files;
mod cargo;
mod directory;
mod environment;
mod error;
mod export;
mod locked;
mod name;
mod plan;
mod report;

pub use app_files::AppFiles;
pub use environment::{EXPORT_MODE, EXPORT_TO};
pub use error::{Error, NamePart, NameProblem, Result};
pub use export::{Export, export};
pub use locked::{merge_lock, read_lock, write_lock};
pub use plan::data_source_config;
pub use report::{Outcome, Report, ReportedClass, ReportedFile};
