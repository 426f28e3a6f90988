//! The loop against a server of the test's making, on a paused clock.

mod announcing;
mod basics;
mod digestion;
mod order;
mod property;
mod server;
mod stopping;
mod streaming;
mod waking;
mod world;
