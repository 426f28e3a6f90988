//! Tests under miri, which interprets a program and stops at undefined behaviour: ours has no
//! `unsafe` code, but checksums, collections and encoders below it have.

use std::process::Command;

use anyhow::{Result, ensure};

use crate::process::{nightly, run, succeeds};

/// Tests of the runtime that touch neither files nor C: what the outbox calculates.
const OF_THE_OUTBOX: &[&str] = &[
    "outbox::fates::",
    "outbox::limits::",
    "outbox::primary_keys::",
    "outbox::sealed::",
    "outbox::settled::",
];

/// Runs the tests of the protocol, and those of the outbox that can be interpreted.
pub(crate) fn miri() -> Result<()> {
    ensure!(
        succeeds(nightly("cargo").args(["miri", "--version"])),
        "miri comes with a nightly toolchain: rustup toolchain install nightly --profile minimal \
         --component miri --component rust-src"
    );
    run(&mut interpret("asymmetric-protocol", &[]))?;
    run(&mut interpret("asymmetric", OF_THE_OUTBOX))
}

fn interpret(package: &str, tests: &[&str]) -> Command {
    let mut test = nightly("cargo");
    test.args(["miri", "test", "--locked", "--package", package, "--lib", "--"]).args(tests);
    // The machine's clock and randomness, and a few cases of each property: it is a hundred times
    // slower.
    test.env("MIRIFLAGS", "-Zmiri-disable-isolation").env("PROPTEST_CASES", "4");
    test
}
