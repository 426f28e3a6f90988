//! Which files may be there.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// Complains about expected compiler output whose test is gone.
pub(super) fn check(paths: &[PathBuf]) -> Vec<String> {
    let all: BTreeSet<&Path> = paths.iter().map(PathBuf::as_path).collect();
    all.iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "stderr"))
        .filter(|path| !all.contains(path.with_extension("rs").as_path()))
        .map(|path| format!("{}: there is no test of this name", path.display()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expected_output_without_its_test_is_reported() {
        let paths = ["ui/a.rs", "ui/a.stderr", "ui/b.stderr"].map(PathBuf::from);
        assert_eq!(check(&paths), ["ui/b.stderr: there is no test of this name"]);
    }
}
