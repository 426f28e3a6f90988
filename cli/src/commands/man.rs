//! `asymmetric man`.

use std::{fs, path::PathBuf};

use clap::CommandFactory as _;

use crate::{args::Cli, exit::Exit, failure::Failure};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Directory to write them to: `man1` below a directory of the manual path
    directory: PathBuf,
}

/// Writes a page for the program and for each of its commands.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    fs::create_dir_all(&args.directory)?;
    clap_mangen::generate_to(Cli::command(), &args.directory)?;
    Ok(Exit::Success)
}
