//! What people and CI run: `cargo xtask test`, `bless`, `soak`, `fuzz`, `interleave`,
//! `miri`, `bench-compile`, `tidy`, `deny`, `ci`.

#![expect(clippy::print_stderr, reason = "the program talks to the person who runs it")]

mod bench_compile;
mod ci;
mod fuzz;
mod miri;
mod prepare;
mod process;
mod test;
mod tidy;

use std::{env, process::ExitCode};

use anyhow::{Result, bail};

const USAGE: &str = "\
Usage: cargo xtask <COMMAND>

Commands:
  test [ARGS]   Install what the tests need, then run all of them; with ARGS, `cargo test ARGS`
  bless [ARGS]  The same, and rewrite every snapshot that differs
  soak [SECS]   Run the tests that look for rare faults, each for ten minutes or so many seconds
  fuzz [SECS] [TARGET]
                Run every fuzz target, or one, each for five minutes or so many seconds; needs a
                nightly toolchain
  bench-compile [N]
                Compile a thousand structs, or N, and as many with the derives of serde
  interleave    Try interleavings of the outbox's threads; builds everything a second time
  miri          Interpret the tests that can be, and stop at undefined behaviour; needs a nightly
                toolchain
  tidy          Check the house rules
  deny          Check licences, sources and who may depend on what
  ci            Everything that a change must pass
";

/// The commands that take arguments, and know what these mean.
const TAKE_ARGUMENTS: &[&str] = &["test", "bless", "soak", "fuzz", "bench-compile"];

fn main() -> ExitCode {
    match run(env::args().skip(1).collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Vec<String>) -> Result<()> {
    let mut arguments = arguments.into_iter();
    let command = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    if !rest.is_empty() && !TAKE_ARGUMENTS.contains(&command.as_str()) {
        bail!("`{command}` takes no arguments\n\n{USAGE}");
    }
    match command.as_str() {
        "test" => test::test(&rest),
        "bless" => test::bless(&rest),
        "soak" => test::soak(&rest),
        "fuzz" => fuzz::fuzz(&rest),
        "bench-compile" => bench_compile::bench_compile(&rest),
        "interleave" => test::interleave(),
        "miri" => miri::miri(),
        "tidy" => tidy::tidy(),
        "deny" => ci::deny(),
        "ci" => ci::ci(),
        "" | "help" | "-h" | "--help" => {
            eprint!("{USAGE}");
            Ok(())
        }
        unknown => bail!("there is no command `{unknown}`\n\n{USAGE}"),
    }
}
