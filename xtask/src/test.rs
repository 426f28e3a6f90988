//! All tests, and the snapshots that some of them compare with.

use anyhow::Result;

use crate::{
    prepare,
    process::{cargo, run},
};

/// What each library of snapshots reads to rewrite instead of compare.
const BLESS: &[(&str, &str)] = &[("TRYBUILD", "overwrite"), ("UPDATE_EXPECT", "1")];

/// Installs what tests need, and runs all of them, or those that `arguments` choose.
pub(crate) fn test(arguments: &[String]) -> Result<()> {
    tests(arguments, &[])
}

/// Runs tests as [`test()`] does, and rewrites the snapshots that differ.
pub(crate) fn bless(arguments: &[String]) -> Result<()> {
    tests(arguments, BLESS)
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
