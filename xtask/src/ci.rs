//! Everything that a change must pass: quick checks first, so that they fail first.

use std::time::Instant;

use anyhow::{Context, Result};

use crate::{
    prepare,
    process::{cargo, command, run},
    test, tidy,
};

/// Runs every check, and stops at the first that fails.
pub(crate) fn ci() -> Result<()> {
    step("format", || run(cargo().args(["fmt", "--all", "--check"])))?;
    step("tidy", tidy::tidy)?;
    step("deny", deny)?;
    step("clippy", || {
        let mut clippy = cargo();
        clippy.args(["clippy", "--workspace", "--all-targets", "--all-features", "--locked"]);
        run(clippy.args(["--", "-D", "warnings"]))
    })?;
    step("docs", || {
        let mut docs = cargo();
        docs.args(["doc", "--workspace", "--no-deps", "--all-features", "--locked"]);
        run(docs.env("RUSTDOCFLAGS", "-D warnings"))
    })?;
    step("test", || test::test(&[]))
}

/// Licences, sources, and who may depend on what, by `deny.toml`.
///
/// Known vulnerabilities are left to the scheduled job: they appear without a change of ours, and
/// their list is fetched from a place that not every machine reaches.
pub(crate) fn deny() -> Result<()> {
    let deny = prepare::deny()?;
    let mut check = command(deny);
    check.args(["--locked", "check", "--hide-inclusion-graph"]);
    // A tool or test that does not use what it may use breaks no rule.
    check.args(["--allow", "unused-wrapper", "bans", "licenses", "sources"]);
    run(&mut check)
}

fn step(name: &str, check: impl FnOnce() -> Result<()>) -> Result<()> {
    eprintln!("== {name}");
    let start = Instant::now();
    check().with_context(|| format!("{name} failed"))?;
    eprintln!("== {name}: ok, {} s", start.elapsed().as_secs());
    Ok(())
}
