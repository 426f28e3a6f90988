//! MongoDB's query language over documents in memory, as far as rules and the embedded store need it.
//!
//! A value is compared as MongoDB compares it: numbers by value whatever their type, everything else
//! only with its own kind, and an array also by each of its elements.

mod compare;
mod path;

pub(crate) use self::{
    compare::{equal, matches_equal, matches_order},
    path::{Path, any, get},
};
