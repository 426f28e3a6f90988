//! One file per command: its arguments and what it does.

pub(crate) mod gateway;
pub(crate) mod schema;

use crate::{args::Command, failure::Failure};

/// Runs a command.
pub(crate) fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Gateway(args) => gateway::run(args),
        Command::Schema(command) => schema::run(command),
    }
}
