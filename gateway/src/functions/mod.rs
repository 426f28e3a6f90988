//! Functions of an app, in JavaScript.
//!
//! A function computes: it sees its arguments and `context` (the user, values, environment, request
//! and other functions), and answers a value. It reaches nothing else: no network, no files, no
//! documents, no clock but `Date`, no modules, no timers.
//!
//! # The engine
//!
//! QuickJS, through `rquickjs`. Measured against boa 0.22, both without default features, on two
//! cores: 11 packages and 11 s of compiling against 160 and 88 s. What decided is that QuickJS bounds
//! both what a function may take: memory, by its allocator, and time, by a handler that it asks
//! between instructions. boa bounds the iterations of a loop and the depth of calls, so a function can
//! still fill the memory of the process. Both are under the MIT licence. QuickJS is C, which the
//! gateway compiles already for zstd and ring; our own code stays without `unsafe`.
//!
//! # Limits
//!
//! Each call has an interpreter of its own that is thrown away afterwards, so calls share nothing.
//! See [`Limits`]. Calls run on blocking threads, a few at a time; further ones wait.

mod engine;
mod error;
mod run_as;
mod sandbox;
#[cfg(test)]
mod tests;

pub(crate) use self::{
    engine::{Caller, Engine, Outcome, scope},
    error::FunctionError,
    run_as::{Acting, RunAs},
    sandbox::Limits,
};
