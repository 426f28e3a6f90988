//! `cargo asymmetric …`: cargo starts this program and passes the name of the subcommand on.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments: Vec<_> = std::env::args_os().collect();
    if arguments.get(1).is_some_and(|argument| argument == "asymmetric") {
        arguments.remove(1);
    }
    asymmetric_cli::main(arguments)
}
