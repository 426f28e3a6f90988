//! `cargo asymmetric …`: cargo starts this program and passes the name of the subcommand on.

use std::{ffi::OsString, process::ExitCode};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os();
    let mut name = arguments.next().unwrap_or_default();
    let mut arguments: Vec<OsString> = arguments.collect();
    if arguments.first().is_some_and(|argument| argument == "asymmetric") {
        arguments.remove(0);
        // What the help calls the program: what people type.
        name = "cargo asymmetric".into();
    }
    asymmetric_cli::main(std::iter::once(name).chain(arguments))
}
