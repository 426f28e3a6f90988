//! `asymmetric schema export`.

use std::{fs, process::Output};

use asymmetric_testkit::UserPackage;

use crate::{BUILD, asymmetric, package};

const FILES: [&str; 5] = [
    "data_sources/mongodb-atlas/app/Reading/schema.json",
    "data_sources/mongodb-atlas/app/Reading/relationships.json",
    "data_sources/mongodb-atlas/config.json",
    "sync/config.json",
    "root_config.json",
];

fn export(package: &UserPackage, arguments: &[&str]) -> Output {
    asymmetric(package, &[&["schema", "export"], arguments].concat())
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

#[test]
fn other_forms_are_written_one_file_per_class() {
    let package = package("cli_forms", BUILD);
    for (form, keyword) in [("json-schema", "$schema"), ("mongodb", "$jsonSchema")] {
        let output = export(&package, &["--as", form, "--to", form]);
        assert!(output.status.success(), "{output:?}");
        let text = fs::read_to_string(package.path(form).join("Reading.json")).unwrap();
        assert!(text.contains(keyword), "{text}");
    }
    assert!(!package.path("app-services").exists());
    assert_eq!(export(&package, &["--as", "mongodb"]).status.code(), Some(64));
}

#[test]
fn export_writes_in_ci_where_it_is_asked_to() {
    let package = package("cli_export_ci", BUILD);
    export(&package, &[]);
    let schema = package.path("app-services").join(FILES[0]);
    fs::write(&schema, "edited").unwrap();
    let mut command = package.command(env!("CARGO_BIN_EXE_asymmetric"));
    assert!(
        command.args(["schema", "export"]).env("CI", "true").output().unwrap().status.success()
    );
    assert_ne!(fs::read_to_string(&schema).unwrap(), "edited");
}
