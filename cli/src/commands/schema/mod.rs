//! `asymmetric schema`: one file per command.

mod breaking;
mod check;
mod diff;
mod explain;
mod export;
mod lock;
mod mongodb;
mod pull;
mod push;

use clap::{Args, Subcommand};

use crate::{exit::Exit, failure::Failure, output::Format};

#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    #[command(subcommand)]
    command: Command,
    /// For whom to print
    #[arg(long, global = true, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, Subcommand)]
enum Command {
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
pub(crate) fn run(SchemaArgs { command, format }: SchemaArgs) -> Result<Exit, Failure> {
    match command {
        Command::Export(args) => export::run(&args, format),
        Command::Check(args) => check::run(&args, format),
        Command::Diff(args) => diff::run(&args, format),
        Command::Breaking(args) => breaking::run(&args, format),
        Command::Lock(args) => lock::run(&args, format),
        Command::Push(args) => push::run(&args, format),
        Command::Pull(args) => pull::run(&args, format),
        Command::Explain(args) => explain::run(&args, format),
    }
}
