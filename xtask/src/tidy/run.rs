//! Gathers what the rules look at, and prints what they complain about.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, bail};

use super::{arrows, docs, files, manifest, metadata, text};
use crate::process::{command, output, root};

/// Checks every house rule and reports all that is wrong.
pub(crate) fn tidy() -> Result<()> {
    let packages = metadata::packages()?;
    let paths = paths()?;

    let mut complaints = arrows::check(&packages);
    complaints.extend(manifest::check_fields(&packages));
    complaints.extend(files::check(&paths));
    for path in &paths {
        let bytes = fs::read(root().join(path))
            .with_context(|| format!("cannot read `{}`", path.display()))?;
        // What is no text has no rules.
        if let Ok(content) = String::from_utf8(bytes) {
            complaints.extend(text::check(path, &content));
            complaints.extend(manifest::check_lints(path, &content));
        }
    }
    for target in packages.iter().flat_map(|package| &package.targets) {
        let content = fs::read_to_string(target)
            .with_context(|| format!("cannot read `{}`", target.display()))?;
        let path = target.strip_prefix(root()).unwrap_or(target);
        complaints.extend(docs::check(path, &content));
    }

    for complaint in &complaints {
        eprintln!("{complaint}");
    }
    match complaints.len() {
        0 => Ok(()),
        count => bail!("{count} house rules broken"),
    }
}

/// Every file of the project that exists, whether committed or not; relative to the root.
fn paths() -> Result<Vec<PathBuf>> {
    let listed = output(command("git").args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]))?;
    let mut paths: Vec<PathBuf> = listed.split_terminator('\0').map(PathBuf::from).collect();
    // A file may be deleted and not yet committed.
    paths.retain(|path| root().join(path).is_file());
    paths.sort();
    paths.dedup();
    Ok(paths)
}
