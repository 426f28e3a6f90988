//! Who may depend on whom.
//!
//! Packages that are published keep to the tables below, tests of theirs excepted. Packages that
//! are not, the tools, tests and examples, may depend on anything, and nothing published on them.

use super::metadata::Package;

/// For each published package, the packages of the workspace that it may depend on.
const ARROWS: &[(&str, &[&str])] = &[
    ("asymmetric-schema", &[]),
    ("asymmetric-macros", &[]),
    ("asymmetric-protocol", &["asymmetric-schema"]),
    ("asymmetric", &["asymmetric-macros", "asymmetric-protocol", "asymmetric-schema"]),
    ("asymmetric-schema-gen", &["asymmetric-protocol", "asymmetric-schema"]),
    ("asymmetric-device-sync", &["asymmetric-schema"]),
    ("asymmetric-gateway", &["asymmetric-device-sync", "asymmetric-protocol", "asymmetric-schema"]),
    (
        "asymmetric-cli",
        &["asymmetric", "asymmetric-gateway", "asymmetric-schema", "asymmetric-schema-gen"],
    ),
];

/// For each library that not everybody may use, the published packages that may.
const RESTRICTED: &[(&str, &[&str])] = &[
    ("axum", &["asymmetric-gateway"]),
    ("clap", &["asymmetric-cli"]),
    ("mongodb", &["asymmetric-gateway"]),
    ("redb", &["asymmetric", "asymmetric-gateway"]),
    ("reqwest", &["asymmetric", "asymmetric-schema-gen"]),
    ("syn", &["asymmetric-macros"]),
    ("tokio", &["asymmetric", "asymmetric-cli", "asymmetric-gateway"]),
];

/// Complains about every dependency that the tables do not allow.
pub(super) fn check(packages: &[Package]) -> Vec<String> {
    let mut complaints = Vec::new();
    for package in packages.iter().filter(|package| package.published) {
        let name = &package.name;
        let Some((_, allowed)) = ARROWS.iter().find(|(from, _)| from == name) else {
            complaints.push(format!(
                "{name}: no arrows are drawn for this package; add it to the table in \
                 xtask/src/tidy/arrows.rs, or say `publish = false`"
            ));
            continue;
        };
        for dependency in &package.dependencies {
            let own = packages.iter().any(|package| package.name == *dependency);
            let restricted = RESTRICTED.iter().find(|(library, _)| library == dependency);
            let allowed = match restricted {
                Some((_, users)) => users.contains(&name.as_str()),
                None => !own || allowed.contains(&dependency.as_str()),
            };
            if !allowed {
                complaints.push(format!("{name}: may not depend on {dependency}"));
            }
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, published: bool, dependencies: &[&str]) -> Package {
        Package {
            name: name.to_owned(),
            published,
            dependencies: dependencies.iter().map(|&name| name.to_owned()).collect(),
            ..Package::default()
        }
    }

    #[test]
    fn drawn_arrows_and_free_libraries_are_allowed() {
        let packages = [
            package("asymmetric-schema", true, &["serde_json"]),
            package("asymmetric-gateway", true, &["asymmetric-schema", "axum", "bson"]),
        ];
        assert_eq!(check(&packages), [""; 0]);
    }

    #[test]
    fn gateway_may_not_depend_on_the_runtime() {
        let packages = [
            package("asymmetric", true, &[]),
            package("asymmetric-gateway", true, &["asymmetric"]),
        ];
        assert_eq!(check(&packages), ["asymmetric-gateway: may not depend on asymmetric"]);
    }

    #[test]
    fn restricted_library_is_for_its_users_only() {
        let packages = [package("asymmetric", true, &["redb", "axum"])];
        assert_eq!(check(&packages), ["asymmetric: may not depend on axum"]);
    }

    #[test]
    fn nothing_published_depends_on_tools() {
        let packages = [
            package("asymmetric", true, &["asymmetric-testkit"]),
            package("asymmetric-testkit", false, &["axum", "asymmetric"]),
        ];
        assert_eq!(check(&packages), ["asymmetric: may not depend on asymmetric-testkit"]);
    }

    #[test]
    fn published_package_without_arrows_is_reported() {
        let complaints = check(&[package("asymmetric-new", true, &[])]);
        assert_eq!(complaints.len(), 1);
    }
}
