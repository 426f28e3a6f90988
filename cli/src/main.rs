//! The program `asymmetric`: a thin shell around what the libraries do.

mod args;
mod commands;
mod exit;
mod failure;

use std::process::ExitCode;

use clap::Parser as _;

use crate::{args::Cli, exit::Exit};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(message) => {
            let exit = if message.use_stderr() { Exit::Usage } else { Exit::Success };
            // Where not even the terminal can be written to, the status is all there is to say.
            drop(message.print());
            return exit.into();
        }
    };
    match commands::run(cli.command) {
        Ok(()) => Exit::Success.into(),
        Err(failure) => {
            failure.print();
            failure.exit().into()
        }
    }
}
