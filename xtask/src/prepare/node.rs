//! npm packages of the suites that run clients under Node.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use asymmetric_testkit::cache::node_packages_root;

use super::tool::{lock, remove};
use crate::process::{command, root, run};

/// Installs exactly what the lock file names, unless it is there. Scripts of packages do not run.
pub(super) fn install(cache: &Path) -> Result<()> {
    let folder = node_packages_root(cache);
    if folder.is_dir() {
        return Ok(());
    }
    let _lock = lock(cache)?;
    // Another process may have installed them while this one waited for the lock.
    if folder.is_dir() {
        return Ok(());
    }
    eprintln!("installing npm packages into {} (once, half a minute) ...", folder.display());
    let partial = folder.with_extension("partial");
    remove(&partial)?;
    fs::create_dir_all(&partial)
        .with_context(|| format!("cannot create `{}`", partial.display()))?;
    for file in ["package.json", "package-lock.json"] {
        let from = root().join("tests/node").join(file);
        fs::copy(&from, partial.join(file))
            .with_context(|| format!("cannot copy `{}`", from.display()))?;
    }
    let mut npm = command("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&partial);
    run(&mut npm).context("Node 18 or later with npm is needed for the tests")?;
    fs::rename(&partial, &folder).with_context(|| format!("cannot create `{}`", folder.display()))
}
