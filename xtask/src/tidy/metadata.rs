//! What cargo knows of the packages of the workspace.

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process::{cargo, output};

/// A package of the workspace.
#[derive(Clone, Debug, Default)]
pub(super) struct Package {
    pub(super) name: String,
    /// Whether it may be published. One that may not is a tool, a test or an example.
    pub(super) published: bool,
    /// Names of the packages it depends on. Without those that only its tests need.
    pub(super) dependencies: Vec<String>,
    /// What a registry shows of a package, and this one does not say.
    pub(super) missing_fields: Vec<&'static str>,
    /// Root files of its libraries, programs and examples.
    pub(super) targets: Vec<PathBuf>,
}

/// The packages of the workspace.
pub(super) fn packages() -> Result<Vec<Package>> {
    let text = output(cargo().args(["metadata", "--format-version", "1", "--no-deps"]))?;
    let metadata: Value = serde_json::from_str(&text).context("cargo metadata is no JSON")?;
    parse(&metadata).context("cargo metadata is not as expected")
}

fn parse(metadata: &Value) -> Option<Vec<Package>> {
    metadata["packages"].as_array()?.iter().map(package).collect()
}

fn package(package: &Value) -> Option<Package> {
    let dependencies = package["dependencies"]
        .as_array()?
        .iter()
        .filter(|dependency| dependency["kind"] != "dev")
        .map(|dependency| Some(dependency["name"].as_str()?.to_owned()))
        .collect::<Option<_>>()?;
    let targets = package["targets"]
        .as_array()?
        .iter()
        .filter(|target| {
            let kinds = target["kind"].as_array().map(Vec::as_slice).unwrap_or_default();
            kinds.iter().any(|kind| kind != "test" && kind != "bench" && kind != "custom-build")
        })
        .map(|target| Some(target["src_path"].as_str()?.into()))
        .collect::<Option<_>>()?;
    let missing_fields = ["description", "license", "keywords", "categories"]
        .into_iter()
        .filter(|field| {
            let value = &package[*field];
            value.is_null() || value.as_array().is_some_and(Vec::is_empty)
        })
        .collect();
    Some(Package {
        missing_fields,
        name: package["name"].as_str()?.to_owned(),
        // `publish = false` is an empty list of registries.
        published: package["publish"].as_array().is_none_or(|registries| !registries.is_empty()),
        dependencies,
        targets,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn dependencies_of_tests_and_test_targets_are_left_out() {
        let metadata = json!({"packages": [{
            "name": "a",
            "publish": [],
            "description": "Does things",
            "license": null,
            "keywords": ["things"],
            "categories": [],
            "dependencies": [
                {"name": "normal", "kind": null},
                {"name": "tests", "kind": "dev"},
                {"name": "script", "kind": "build"},
            ],
            "targets": [
                {"kind": ["lib"], "src_path": "/a/src/lib.rs"},
                {"kind": ["test"], "src_path": "/a/tests/a.rs"},
                {"kind": ["custom-build"], "src_path": "/a/build.rs"},
            ],
        }]});
        let packages = parse(&metadata).unwrap();
        let [package] = packages.as_slice() else { panic!("{packages:?}") };
        assert_eq!(package.name, "a");
        assert!(!package.published);
        assert_eq!(package.dependencies, ["normal", "script"]);
        assert_eq!(package.missing_fields, ["license", "categories"]);
        assert_eq!(package.targets, [PathBuf::from("/a/src/lib.rs")]);
    }

    #[test]
    fn package_without_a_list_of_registries_is_published() {
        let metadata = json!({"packages": [
            {"name": "a", "publish": null, "dependencies": [], "targets": []},
        ]});
        assert!(parse(&metadata).unwrap().iter().all(|package| package.published));
    }

    #[test]
    fn surprising_metadata_is_no_empty_list() {
        assert!(parse(&json!({})).is_none());
    }
}
