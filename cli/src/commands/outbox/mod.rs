//! `asymmetric outbox`.

mod check;
mod compact;
mod export;
mod inspect;
mod salvage;
mod show;

use std::{io::ErrorKind, path::PathBuf};

use asymmetric::OpenError;
use clap::Subcommand;

use crate::{exit::Exit, failure::Failure};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show what is in the file of a realm: counts, sizes, classes; never tokens
    Inspect(File),
    /// Verify every checksum of a file, and that no object is missing
    ///
    /// Lists whatever is wrong and exits with status 5 if anything is.
    Check(File),
    /// Write the objects that wait in a file as JSON or BSON
    ///
    /// The last resort of an operator: the objects stay in the file, and are still uploaded if a
    /// realm is opened on it.
    Export(export::Args),
    /// Give the unused space of a file back to the disk
    Compact(File),
    /// Save what is left of a damaged file
    ///
    /// Whatever matches its checksum goes into a new file, which takes the place of the damaged
    /// one. That one is kept beside it, named `*.corrupt`. A file that is whole is left alone.
    ///
    /// Objects may be among them that the server already has. It recognises them by their `_id`;
    /// but time-series collections then hold them twice.
    Salvage(salvage::Args),
}

#[derive(Debug, clap::Args)]
pub(crate) struct File {
    /// File of a realm that no process has open
    #[arg(value_name = "FILE")]
    path: PathBuf,
}

/// Runs a command on the file of a realm.
pub(crate) fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Inspect(file) => inspect::run(&file.path),
        Command::Check(file) => check::run(&file.path),
        Command::Export(args) => export::run(&args),
        Command::Compact(file) => compact::run(&file.path),
        Command::Salvage(args) => salvage::run(&args),
    }
}

/// What an error means for the exit status, and what to do about it.
fn not_opened(error: OpenError) -> Failure {
    match error {
        OpenError::AlreadyOpen { path } => {
            let message = format!("`{}` is in use by a realm", path.display());
            Failure::new(Exit::InUse, message)
                .hint("close the realm, or stop the program that has it open, and try again")
        }
        error @ OpenError::Corrupt { .. } => Failure::new(Exit::Damaged, error),
        OpenError::Io { path, source } if source.kind() == ErrorKind::PermissionDenied => {
            Failure::from(OpenError::Io { path, source }).hint(
                "run it as the user that owns the file: it holds a session, and is for nobody else",
            )
        }
        error => error.into(),
    }
}
