//! Schemas of asymmetric objects, and the JSON that App Services reads and writes for them.
//!
//! Everything here is a value: no I/O, no async, no parsing of Rust source. The macros build these
//! values at compile time (every constructor is usable in a `const`), the exporter writes them as
//! files, the gateway compares them.
//!
//! | type | is |
//! |---|---|
//! | [`PropertyType`] | what one property holds |
//! | [`PropertySchema`] | a property: persisted name, type, whether it may be absent, constraints |
//! | [`EmbeddedSchema`] | the properties of an object that lives inside another |
//! | [`ObjectSchema`] | a class: its properties and where its objects land in MongoDB |
//! | [`RealmSchema`] | the set of classes a realm may hold |
//! | [`Schema`] | a type that stands for a realm schema |
//! | [`ClassDocument`] | a class as it was read from App Services JSON, with everything it says |
//! | [`compare`] | what changed between two versions, and what that does to programs in the field |
//! | `Lock` (feature `lock`) | every version of every class that was ever accepted |
//! | [`Fingerprint`] | the identity of one version of one class |
//!
//! ```
//! use asymmetric_schema::{ObjectSchema, PropertySchema, PropertyType};
//!
//! const PROPERTIES: &[PropertySchema] = &[
//!     PropertySchema::new("_id", PropertyType::ObjectId),
//!     PropertySchema::new("celsius", PropertyType::Double).optional(),
//! ];
//! const READING: ObjectSchema = ObjectSchema::new("Reading", PROPERTIES);
//!
//! assert_eq!(READING.to_json()["required"], serde_json::json!(["_id"]));
//! ```

mod app_directory;
mod canonical;
mod checksum;
mod compare;
mod document;
mod fingerprint;
mod json;
mod json_schema;
#[cfg(feature = "lock")]
mod lock;
mod object;
mod pattern;
mod property;
mod shared;
mod validator;

pub use app_directory::{FOREIGN_FOLDERS, IDENTITY_FOLDER};
pub use canonical::{to_canonical_string, to_pretty_string};
pub use compare::{Finding, RULES, Rule, Verdict, compare, rule, rules_to_markdown};
pub use document::{
    Additional, ClassDocument, DocumentError, DocumentProblem, Items, Node, Place, Relationship,
    Types,
};
pub use fingerprint::{Fingerprint, ParseFingerprintError};
pub use json_schema::JSON_SCHEMA_DIALECT;
#[cfg(feature = "lock")]
pub use lock::{Allowance, Lock, LockError, Review};
pub use object::{
    DEFAULT_DATA_SOURCE, DEFAULT_DATABASE, EmbeddedSchema, Granularity, MAX_TITLE_BYTES,
    ObjectSchema, RealmSchema, Schema, TimeSeries,
};
pub use pattern::{InvalidPattern, Pattern};
pub use property::{Bound, Constraints, DefaultValue, LinkTarget, PropertySchema, PropertyType};
pub use shared::Shared;
