//! MongoDB's query language over documents in memory, as far as rules and the embedded store need it.
//!
//! A value is compared as MongoDB compares it: numbers by value whatever their type, everything else
//! only with its own kind, and an array also by each of its elements.

mod compare;
mod error;
mod filter;
mod path;
mod projection;
mod sort;
mod update;

#[cfg(test)]
mod tests;

pub(crate) use self::{
    compare::{compare, equal, matches_equal, matches_order},
    error::QueryError,
    filter::Filter,
    path::{Path, any, get},
    projection::Projection,
    sort::Sort,
    update::Update,
};
