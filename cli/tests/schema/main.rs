//! `asymmetric schema …` on packages outside the workspace.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests")]

mod check;
mod export;
mod push;

use std::process::Output;

use asymmetric_testkit::UserPackage;

/// A build script with a class that has an `_id` and a property `count`, of type int.
const BUILD: &str = r#"
use asymmetric_schema::{ObjectSchema, PropertySchema, PropertyType, RealmSchema, Schema};

const READING: &[PropertySchema] = &[
    PropertySchema::new("_id", PropertyType::ObjectId),
    PropertySchema::new("count", PropertyType::Int),
];
const CLASSES: &[ObjectSchema] = &[ObjectSchema::new("Reading", READING)];

struct Telemetry;

impl Schema for Telemetry {
    const REALM: RealmSchema = RealmSchema::new(CLASSES);
}

fn main() -> asymmetric_schema_gen::Result<()> {
    asymmetric_schema_gen::export::<Telemetry>().to("app-services").run()
}
"#;

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

/// Runs the program in the folder of the package.
fn asymmetric(package: &UserPackage, arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_asymmetric");
    // What cargo says about its progress is no part of ours.
    package.command(program).env("CARGO_TERM_QUIET", "true").args(arguments).output().unwrap()
}
