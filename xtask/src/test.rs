//! All tests, and the snapshots that some of them compare with.

use anyhow::{Context, Result, bail};
use asymmetric_testkit::SOAK_SECONDS;

use crate::{
    prepare,
    process::{cargo, run},
};

/// What each library of snapshots reads to rewrite instead of compare.
const BLESS: &[(&str, &str)] =
    &[("TRYBUILD", "overwrite"), ("MACROTEST", "overwrite"), ("UPDATE_EXPECT", "1")];

/// Installs what tests need, and runs all of them, or those that `arguments` choose.
pub(crate) fn test(arguments: &[String]) -> Result<()> {
    tests(arguments, &[])
}

/// Runs tests as [`test()`] does, and rewrites the snapshots that differ.
pub(crate) fn bless(arguments: &[String]) -> Result<()> {
    tests(arguments, BLESS)
}

/// Runs the tests that look for rare faults, each for the given number of seconds: ten minutes if
/// `arguments` name none.
pub(crate) fn soak(arguments: &[String]) -> Result<()> {
    let seconds = match arguments {
        [] => 600_u64,
        [seconds] => seconds.parse().with_context(|| format!("`{seconds}` is no number"))?,
        _ => bail!("`soak` takes one number, of seconds"),
    };
    prepare::tests()?;
    let mut test = cargo();
    test.args(["test", "--locked", "--workspace", "--all-features", "--no-fail-fast", "soak"]);
    run(test.env(SOAK_SECONDS, seconds.to_string()))
}

/// Tries interleavings of what threads do in the outbox, with the primitives of a scheduler instead
/// of the system's. Everything is built anew for it, aside.
pub(crate) fn interleave() -> Result<()> {
    let mut test = cargo();
    test.args(["test", "--locked", "--package", "asymmetric", "--all-features", "--lib"]);
    test.arg("interleavings");
    run(test.args(["--target-dir", "target/shuttle"]).env("RUSTFLAGS", "--cfg shuttle"))
}

fn tests(arguments: &[String], environment: &[(&str, &str)]) -> Result<()> {
    prepare::tests()?;
    let mut test = cargo();
    test.args(["test", "--locked"]).envs(environment.iter().copied());
    if arguments.is_empty() {
        test.args(["--workspace", "--all-features", "--no-fail-fast"]);
    }
    run(test.args(arguments))
}
