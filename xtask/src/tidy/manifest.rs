//! What the manifest of every package says.

use std::path::Path;

use super::metadata::Package;

/// Complains about a manifest that does not take the lints of the workspace. The package with the
/// fuzz targets, a workspace of its own, could not.
pub(super) fn check_lints(path: &Path, content: &str) -> Option<String> {
    let of_a_package = path.ends_with("Cargo.toml") && content.contains("[package]");
    let outside = path == Path::new("fuzz/Cargo.toml");
    (of_a_package && !outside && !content.contains("[lints]\nworkspace = true"))
        .then(|| format!("{}: lacks `[lints] workspace = true`", path.display()))
}

/// Complains about published packages that a registry would show without what people look for.
pub(super) fn check_fields(packages: &[Package]) -> Vec<String> {
    packages
        .iter()
        .filter(|package| package.published)
        .flat_map(|package| {
            let name = &package.name;
            package.missing_fields.iter().map(move |field| format!("{name}: lacks `{field}`"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lints_are_those_of_the_workspace() {
        let path = Path::new("a/Cargo.toml");
        assert_eq!(check_lints(path, "[package]\n\n[lints]\nworkspace = true\n"), None);
        assert!(check_lints(path, "[package]\n").is_some());
        assert_eq!(check_lints(path, "[workspace]\n"), None);
        assert_eq!(check_lints(Path::new("a.md"), "[package]\n"), None);
        assert_eq!(check_lints(Path::new("fuzz/Cargo.toml"), "[package]\n"), None);
    }

    #[test]
    fn only_published_packages_need_every_field() {
        let package = |name: &str, published| Package {
            name: name.to_owned(),
            published,
            missing_fields: vec!["keywords"],
            ..Package::default()
        };
        let packages = [package("library", true), package("tool", false)];
        assert_eq!(check_fields(&packages), ["library: lacks `keywords`"]);
    }
}
