//! What the macros make of whole items, without a compiler in between.

mod pieces;
mod snapshots;
mod soup;
