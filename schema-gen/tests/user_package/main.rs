//! Packages of users, outside the workspace, whose build scripts export their models.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests")]

mod guard;
mod layouts;
mod locked;

use std::{
    fs,
    process::{Command, Output},
};

use asymmetric_testkit::UserPackage;

const MANIFEST: &str = r#"
[package]
name = "{name}"
version = "1.0.0"
edition = "2024"

[workspace]

[dependencies]
asymmetric = { path = "{workspace}/runtime", default-features = false }

[build-dependencies]
asymmetric = { path = "{workspace}/runtime", default-features = false }
asymmetric-schema-gen = { path = "{workspace}/schema-gen" }
"#;

const BUILD: &str = r#"
#[path = "src/models.rs"]
mod models;

fn main() -> asymmetric_schema_gen::Result<()> {
    asymmetric_schema_gen::export::<models::Telemetry>().to("app-services").run()
}
"#;

const MODELS: &str = r#"
use asymmetric::{ObjectId, asymmetric, embedded, realm_schema};

/// One reading of one station.
#[asymmetric(database = "telemetry", collection = "readings", rename_all = "camelCase")]
pub struct Reading {
    #[asymmetric(primary_key)]
    pub id: ObjectId,
    pub air_temperature: Option<f64>,
    pub wind: Wind,
}

#[embedded]
pub struct Wind {
    pub speed: f64,
}

realm_schema! { pub struct Telemetry = [Reading]; }
"#;

const SCHEMA: &str = "app-services/data_sources/mongodb-atlas/telemetry/readings/schema.json";

/// A package that exports its models. Its name must be its own: cargo does not tell packages of
/// one name apart that share a target directory.
fn package(name: &str) -> UserPackage {
    let manifest = MANIFEST.replace("{name}", name);
    let package = UserPackage::new(env!("CARGO_TARGET_TMPDIR"), &manifest).unwrap();
    package.write("build.rs", BUILD).unwrap();
    package.write("src/models.rs", MODELS).unwrap();
    package.write("src/lib.rs", "pub mod models;\n").unwrap();
    package
}

fn run(command: &mut Command) -> Output {
    command.output().unwrap()
}

/// Builds the package and returns whether cargo found it up to date.
fn build(package: &UserPackage) -> bool {
    let output = run(package.cargo("check").arg("--message-format=json-render-diagnostics"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let messages = String::from_utf8(output.stdout).unwrap();
    let own = messages
        .lines()
        .find(|line| {
            line.contains(r#""reason":"compiler-artifact""#)
                && line.contains(r#""kind":["lib"]"#)
                && line.contains("asymmetric-user-")
        })
        .unwrap();
    own.contains(r#""fresh":true"#)
}

#[test]
fn build_script_exports_the_models_it_is_compiled_with() {
    let package = package("weather_exports");
    build(&package);
    let schema = fs::read_to_string(package.path(SCHEMA)).unwrap();
    assert_eq!(
        schema,
        r#"{
    "bsonType": "object",
    "description": "One reading of one station.",
    "properties": {
        "_id": {
            "bsonType": "objectId"
        },
        "airTemperature": {
            "bsonType": "double"
        },
        "wind": {
            "bsonType": "object",
            "properties": {
                "speed": {
                    "bsonType": "double"
                }
            },
            "required": [
                "speed"
            ],
            "title": "Wind"
        }
    },
    "required": [
        "_id",
        "wind"
    ],
    "title": "Reading"
}
"#
    );
    let root = fs::read_to_string(package.path("app-services/root_config.json")).unwrap();
    assert!(root.contains(r#""name": "weather_exports""#), "{root}");
}

#[test]
fn build_that_changes_nothing_compiles_nothing() {
    let package = package("weather_fresh");
    assert!(!build(&package));
    assert!(build(&package));
}

#[test]
fn changed_model_and_damaged_file_are_exported_again() {
    let package = package("weather_changes");
    build(&package);
    package.write("src/models.rs", &MODELS.replace("air_temperature", "kelvin")).unwrap();
    build(&package);
    let schema = fs::read_to_string(package.path(SCHEMA)).unwrap();
    assert!(schema.contains("kelvin"), "{schema}");

    fs::remove_file(package.path(SCHEMA)).unwrap();
    build(&package);
    assert_eq!(fs::read_to_string(package.path(SCHEMA)).unwrap(), schema);
    assert!(build(&package));
}

#[test]
fn build_for_docs_rs_leaves_the_sources_alone() {
    let package = package("weather_docs_rs");
    let output = run(package.cargo("check").env("DOCS_RS", "1"));
    assert!(output.status.success());
    assert!(!package.path("app-services").exists());
}

#[test]
fn class_that_cannot_be_exported_fails_the_build_with_the_reason() {
    let package = package("weather_refused");
    let copy = r#"
        #[asymmetric(database = "telemetry", collection = "Readings")]
        pub struct Copy {
            #[asymmetric(primary_key)]
            pub id: ObjectId,
        }
    "#;
    let models = MODELS.replace("[Reading]", "[Reading, Copy]") + copy;
    package.write("src/models.rs", &models).unwrap();
    let output = run(&mut package.cargo("check"));
    assert!(!output.status.success());
    let errors = String::from_utf8_lossy(&output.stderr);
    let message = "error: weather_refused@1.0.0: the classes `Reading` and `Copy`: \
                   `data_sources/mongodb-atlas/telemetry/readings` and \
                   `data_sources/mongodb-atlas/telemetry/Readings` differ only in case";
    assert!(errors.contains(message), "{errors}");
    assert!(!package.path("app-services").exists());
}
