//! Objects that the suite and the program it kills have in common.

pub mod counted;
pub mod everything;
