//! `asymmetric schema export` on packages outside the workspace.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests")]

use std::{fs, process::Output};

use asymmetric_testkit::UserPackage;

const BUILD: &str = r#"
use asymmetric_schema::{ObjectSchema, PropertySchema, PropertyType, RealmSchema, Schema};

const READING: &[PropertySchema] = &[PropertySchema::new("_id", PropertyType::ObjectId)];
const CLASSES: &[ObjectSchema] = &[ObjectSchema::new("Reading", READING)];

struct Telemetry;

impl Schema for Telemetry {
    const REALM: RealmSchema = RealmSchema::new(CLASSES);
}

fn main() -> asymmetric_schema_gen::Result<()> {
    asymmetric_schema_gen::export::<Telemetry>().to("app-services").run()
}
"#;

const FILES: [&str; 5] = [
    "data_sources/mongodb-atlas/app/Reading/schema.json",
    "data_sources/mongodb-atlas/app/Reading/relationships.json",
    "data_sources/mongodb-atlas/config.json",
    "sync/config.json",
    "root_config.json",
];

/// A package with this build script. Its name must be its own: the tests share a target directory.
fn package(name: &str, build: &str) -> UserPackage {
    let manifest = format!(
        r#"
[package]
name = "{name}"
version = "1.0.0"
edition = "2024"

[workspace]

[build-dependencies]
asymmetric-schema = {{ path = "{{workspace}}/schema" }}
asymmetric-schema-gen = {{ path = "{{workspace}}/schema-gen" }}
"#
    );
    let package = UserPackage::new(env!("CARGO_TARGET_TMPDIR"), &manifest).unwrap();
    package.write("build.rs", build).unwrap();
    package.write("src/lib.rs", "").unwrap();
    package
}

fn export(package: &UserPackage, arguments: &[&str]) -> Output {
    package
        .command(env!("CARGO_BIN_EXE_asymmetric"))
        .args(["schema", "export"])
        .args(arguments)
        .output()
        .unwrap()
}

#[track_caller]
fn expect_files(output: &Output, outcome: &str) {
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8_lossy(&output.stdout);
    let listed: Vec<&str> = text.lines().skip(1).collect();
    assert_eq!(listed, FILES.map(|file| format!("  {outcome:<9}  {file}")), "{text}");
}

#[test]
fn files_are_written_where_the_build_script_says() {
    let package = package("cli_to_build_script", BUILD);
    expect_files(&export(&package, &[]), "written");
    for file in FILES {
        assert!(package.path("app-services").join(file).is_file(), "{file}");
    }
}

#[test]
fn files_are_written_where_the_user_says() {
    let package = package("cli_to_user", BUILD);
    let manifest = package.path("Cargo.toml");
    let manifest = manifest.to_str().unwrap();
    let arguments = ["--manifest-path", manifest, "--package", "cli_to_user", "--to", "elsewhere"];
    expect_files(&export(&package, &arguments), "written");
    assert!(!package.path("app-services").exists());
    for file in FILES {
        assert!(package.path("elsewhere").join(file).is_file(), "{file}");
    }
}

#[test]
fn second_export_lists_the_files_as_unchanged() {
    let package = package("cli_twice", BUILD);
    expect_files(&export(&package, &[]), "written");
    expect_files(&export(&package, &[]), "unchanged");
    fs::remove_dir_all(package.path("app-services")).unwrap();
    expect_files(&export(&package, &[]), "written");
}

#[test]
fn package_without_an_export_is_told_what_to_add() {
    let package = package("cli_without_export", "fn main() {}");
    let output = export(&package, &[]);
    assert_eq!(output.status.code(), Some(4));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("error: no build script exports schemas\nhint: call `asymm"), "{text}");
}

#[test]
fn package_that_does_not_build_shows_what_cargo_says() {
    let package = package("cli_does_not_build", BUILD);
    package.write("src/lib.rs", "compile_error!(\"disk on fire\");").unwrap();
    let output = export(&package, &[]);
    assert_eq!(output.status.code(), Some(3));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("error: disk on fire"), "{text}");
    assert!(text.contains("error: the package does not build\nhint: "), "{text}");
}
