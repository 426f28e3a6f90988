//! Installing what tests and checks need, into the cache folder.
//!
//! Nothing is installed twice, and nothing half: a tool counts as installed when the folder that
//! bears its version is there, and that folder is renamed into place when all is done.

mod cmake;
mod node;
mod tool;
mod tools;

pub(crate) use tools::{deny, fuzz, tests};
