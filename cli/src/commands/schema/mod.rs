//! `asymmetric schema`: one file per command.

mod breaking;
mod check;
mod diff;
mod explain;
mod export;
mod lock;
mod pull;
mod push;

use clap::Subcommand;

use crate::{exit::Exit, failure::Failure};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Export the schemas of a package
    ///
    /// Builds the package, whose build script exports its schemas, and lists what was written. Other
    /// forms than the app directory go to `--to`, one file per class.
    Export(export::ExportArgs),
    /// Check the models against the schema lock and the exported files
    ///
    /// Writes nothing. Ends with 1 if the lock refuses a change, and with 2 if the lock or a file is
    /// out of date.
    Check(check::CheckArgs),
    /// Show what changed in the models
    ///
    /// Compares with the schema lock, a revision of git, an app directory or an app on a server. Ends
    /// with 2 if something differs.
    Diff(diff::DiffArgs),
    /// Allow changes that are not additive
    ///
    /// Writes the allowances into the schema lock, where they wait for the change.
    Breaking(breaking::BreakingArgs),
    /// Bring the schema lock up to date
    ///
    /// Accepts what is additive or allowed. Finishes a merge that stopped in the file.
    Lock(lock::LockArgs),
    /// Bring the schemas of an app, or the collections of a MongoDB, up to date
    ///
    /// Pushes nothing that the schema lock does not know, and refuses what the app's present schemas do
    /// not survive, unless the lock allows it.
    Push(push::PushArgs),
    /// Write the schemas of an app on a server into an app directory
    Pull(pull::PullArgs),
    /// Explain a rule of compatibility
    Explain(explain::ExplainArgs),
}

/// Runs a command on schemas.
pub(crate) fn run(command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Export(args) => export::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Breaking(args) => breaking::run(&args),
        Command::Lock(args) => lock::run(&args),
        Command::Push(args) => push::run(&args),
        Command::Pull(args) => pull::run(&args),
        Command::Explain(args) => explain::run(&args),
    }
}
