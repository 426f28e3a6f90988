//! Every library, program and example says what it is.

use std::path::Path;

/// Complains about the root file of a target that does not open with its documentation.
pub(super) fn check(path: &Path, content: &str) -> Option<String> {
    let documented = content.lines().next().is_some_and(|line| line.starts_with("//! "));
    (!documented).then(|| format!("{}: does not start with `//! ` documentation", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_line_must_be_documentation() {
        let path = Path::new("src/lib.rs");
        assert_eq!(check(path, "//! What it is.\n"), None);
        assert!(check(path, "").is_some());
        assert!(check(path, "mod a;\n//! Too late.\n").is_some());
    }
}
