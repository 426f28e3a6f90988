//! Whether documents satisfy the App Services schema of their class.
//!
//! A schema is compiled once into a [`Validator`]; that walks the BSON as it arrived, decodes
//! nothing, and allocates only when it has a violation to tell (or more than a handful of elements
//! to compare with each other, for `uniqueItems`).
//!
//! ```
//! use asymmetric_gateway::validate::{NullRules, Validator};
//! use bson::rawdoc;
//!
//! let schema = serde_json::json!({
//!     "title": "Reading",
//!     "bsonType": "object",
//!     "required": ["_id", "celsius"],
//!     "properties": {
//!         "_id": { "bsonType": "int" },
//!         "celsius": { "bsonType": "double", "minimum": -100 },
//!     }
//! });
//! let validator = Validator::compile(&schema, NullRules::INGEST)?;
//!
//! assert!(validator.validate(&rawdoc! { "_id": 1, "celsius": 20.5 }).is_ok());
//! let violations = validator.validate(&rawdoc! { "_id": 1, "celsius": -300.0 }).unwrap_err();
//! assert_eq!(violations.to_string(), "`celsius` must be at least -100 (number_gte)");
//! # Ok::<(), asymmetric_gateway::validate::CompileError>(())
//! ```
//!
//! # What a schema means
//!
//! The dialect is MongoDB's `$jsonSchema` with the extensions of App Services. A keyword rules only
//! values of its own kind: `minimum` says nothing about a string. Types are exact, as they are to
//! MongoDB: an `int` is no `long`, and a `double` that is whole is no `int`. Beyond MongoDB,
//!
//! - `float` is a BSON double, `uuid` a binary of subtype 4, `mixed` any value at all;
//! - `const`, `contains`, `propertyNames`, `if`, `then` and `else` are what JSON Schema says;
//! - null is judged by [`NullRules`], and `undefined`, which BSON no longer has, like null.
//!
//! What a schema says and no validator here enforces is told by [`Validator::not_enforced`].

mod compile;
mod equality;
mod keywords;
mod node;
mod number;
mod types;
mod violation;
mod walk;

#[cfg(test)]
mod tests;

pub use self::{
    compile::CompileError,
    node::{NullRules, Validator},
    violation::{Violation, ViolationCode, Violations},
};
