//! The program `asymmetric`: a thin shell around what the libraries do.

use std::process::ExitCode;

fn main() -> ExitCode {
    asymmetric_cli::main(std::env::args_os())
}
