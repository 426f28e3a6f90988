//! cmake, which the storage engine of the MongoDB-wire server is built with.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::tool::remove;
use crate::process::{command, run, succeeds};

/// Release of cmake in the Python package index that is installed where the machine has none.
const VERSION: &str = "4.4.4";

/// Folder that holds cmake, installed below `cache` if need be; `None` if the machine has one.
pub(crate) fn directory(cache: &Path) -> Result<Option<PathBuf>> {
    if works(Path::new("cmake")) {
        return Ok(None);
    }
    let environment = cache.join("cmake");
    let programs = environment.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let cmake = programs.join("cmake");
    if works(&cmake) {
        return Ok(Some(programs));
    }
    // A virtual environment cannot be moved into place when it is done, so a broken one, which
    // is what an interrupted run leaves, is made anew.
    remove(&environment)?;
    let python = if cfg!(windows) { "python" } else { "python3" };
    run(command(python).args(["-m", "venv"]).arg(&environment))
        .and_then(|()| {
            run(command(programs.join(python))
                .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
                .arg(format!("cmake=={VERSION}")))
        })
        .context("there is no cmake: install it, or Python 3 with the modules venv and pip")?;
    anyhow::ensure!(works(&cmake), "`{}` was installed and does not run", cmake.display());
    Ok(Some(programs))
}

fn works(cmake: &Path) -> bool {
    succeeds(command(cmake).arg("--version"))
}
