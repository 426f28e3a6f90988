//! What the programs `asymmetric` and `cargo-asymmetric` share: all but their names.

mod args;
mod commands;
mod exit;
mod failure;
mod output;
mod package;
mod server;
mod store;
mod versions;

use std::{ffi::OsString, process::ExitCode};

use clap::Parser as _;

use crate::{args::Cli, exit::Exit};

/// Runs the program with these arguments, the first of which is its name.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(message) => {
            let exit = if message.use_stderr() { Exit::Usage } else { Exit::Success };
            // Where not even the terminal can be written to, the status is all there is to say.
            drop(message.print());
            return exit.into();
        }
    };
    match commands::run(cli.command) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            failure.print();
            failure.exit().into()
        }
    }
}
