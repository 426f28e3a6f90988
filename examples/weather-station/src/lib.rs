//! Real weather observations, from the devices of three airports into MongoDB.
//!
//! The program in `main.rs` is the example; this library holds what the tests of the workspace
//! use as well.

pub mod models;
pub mod observations;

asymmetric::assert_locked!(models::Weather);
