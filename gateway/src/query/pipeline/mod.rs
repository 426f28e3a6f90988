//! Aggregation pipelines over documents in memory.
//!
//! ```text
//! documents ── push ──▶ stage ▶ stage ▶ … ▶ answer
//!                         finish: what sorts, counts or groups hands on what it holds
//! ```
//!
//! Documents pass one by one; only `$sort`, `$group` and the answer hold any, and all of that
//! together is bounded.

mod group;
mod running;
mod shape;
mod stage;

pub(crate) use self::{
    running::Running,
    stage::{Pipeline, stage_of},
};
