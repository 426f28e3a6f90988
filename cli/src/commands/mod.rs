//! One file per command: its arguments and what it does.

pub(crate) mod admin_key;
pub(crate) mod app;
pub(crate) mod completions;
pub(crate) mod documents;
pub(crate) mod gateway;
pub(crate) mod man;
pub(crate) mod outbox;
pub(crate) mod rejected;
pub(crate) mod schema;

use crate::{args::Command, exit::Exit, failure::Failure};

/// Runs a command.
pub(crate) fn run(command: Command) -> Result<Exit, Failure> {
    match command {
        Command::AdminKey(command) => admin_key::run(command).map(|()| Exit::Success),
        Command::App(command) => app::run(command),
        Command::Gateway(args) => gateway::run(*args).map(|()| Exit::Success),
        Command::Outbox(command) => outbox::run(command).map(|()| Exit::Success),
        Command::Documents(command) => documents::run(command).map(|()| Exit::Success),
        Command::Rejected(command) => rejected::run(command).map(|()| Exit::Success),
        Command::Schema(args) => schema::run(args),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    }
}

/// Runs a command that waits for a store.
fn on_runtime(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}
