//! The objects that the instructions of a changeset add up to.
//!
//! ```text
//! bytes ─ Changeset ─▶ instructions ─ Objects::apply ─▶ objects ─ Object::to_bson ─▶ documents
//! ```
//!
//! The objects of asymmetric classes are gone from a device when its transaction has committed, so
//! that everything about one is in the changeset that created it. Only ordinary objects are ever
//! changed by later changesets; what such a change needs to know of the object is not here.

mod apply;
mod bson;
mod place;
mod value;

pub use apply::{Object, Objects, State};
pub use bson::DocumentError;
pub use value::{OwnedKey, Properties, Scalar, Value};
