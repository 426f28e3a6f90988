//! MongoDB's query language over documents in memory, as far as rules and the embedded store need it.
//!
//! A value is compared as MongoDB compares it: numbers by value whatever their type, everything else
//! only with its own kind, and an array also by each of its elements.

mod arithmetic;
mod compare;
mod error;
mod expression;
mod filter;
mod order;
mod path;
mod pipeline;
mod projection;
mod sort;
mod update;
mod value;

#[cfg(test)]
mod tests;

pub(crate) use self::{
    compare::{equal, matches_equal},
    error::QueryError,
    expression::Expression,
    filter::Filter,
    path::{Found, Path, any, any_found, get},
    pipeline::{Pipeline, Running, stage_of},
    projection::Projection,
    sort::Sort,
    update::Update,
};
