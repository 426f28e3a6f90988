//! Schemas that were read: App Services JSON as a value of its own.
//!
//! [`ObjectSchema`](crate::ObjectSchema) is what a program stores, and can only say what a Rust type can be. A document
//! can be anything that somebody wrote for App Services: every keyword is kept, those that mean
//! nothing here under [`Node::other`], so that what is read is what is written.

mod announcement;
mod class;
mod error;
mod node;
mod reader;
mod relationship;

pub use class::{ClassDocument, Place};
pub use error::{DocumentError, DocumentProblem};
pub use node::{Additional, Items, Node, Types};
pub use relationship::Relationship;

#[cfg(test)]
pub(crate) mod strategies;
#[cfg(test)]
mod tests;
