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
//!         └── relationships.json                  kept up to date
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
//!     asymmetric_schema_gen::export::<models::Telemetry>().to("app-services").run()
//! }
//! ```
//!
//! # Guarantees
//!
//! - Nothing is written outside `OUT_DIR` unless [`Export::to`] or the variable
//!   [`EXPORT_TO`] says where; never on docs.rs.
//! - A file is touched only if its content changes; a build that changes nothing compiles nothing.
//! - A file appears whole or not at all, also if two builds run at the same time.
//! - The directory of a class that was removed is reported, and left for you to delete.
//! - Rules are never written: who may insert is not for a build script to decide.

mod cargo;
mod directory;
mod environment;
mod error;
mod export;
mod name;
mod plan;
mod report;

pub use environment::EXPORT_TO;
pub use error::{Error, NamePart, NameProblem, Result};
pub use export::{Export, export};
pub use report::{Outcome, Report, ReportedFile};
