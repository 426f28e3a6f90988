//! The ways in which people lay out models and build scripts.

use std::fs;

use asymmetric_testkit::UserPackage;

use crate::run;

/// The root of our workspace, as TOML.
fn workspace() -> String {
    format!("{}/..", env!("CARGO_MANIFEST_DIR")).replace('\\', "\\\\")
}

fn check(package: &UserPackage) {
    let output = run(&mut package.cargo("check"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn read(package: &UserPackage, path: &str) -> String {
    fs::read_to_string(package.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

const READINGS: &str = "app-services/data_sources/mongodb-atlas/telemetry/readings/schema.json";

const MODELS: &str = r#"
use asymmetric::{ObjectId, asymmetric, realm_schema};

#[asymmetric(database = "telemetry", collection = "readings")]
pub struct Reading {
    #[asymmetric(primary_key)]
    pub id: ObjectId,
    pub celsius: f64,
}

realm_schema! { pub struct Telemetry = [Reading]; }
"#;

#[test]
fn models_in_a_package_of_their_own() {
    let manifest = r#"
[package]
name = "layout_models_crate"
version = "1.0.0"
edition = "2024"

[workspace]
members = ["models"]

[dependencies]
models = { path = "models", package = "layout_models" }

[build-dependencies]
models = { path = "models", package = "layout_models" }
asymmetric-schema-gen = { path = "{workspace}/schema-gen" }
"#;
    let models = format!(
        "[package]\nname = \"layout_models\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n\
         [dependencies]\nasymmetric = {{ path = \"{}/runtime\", default-features = false }}\n",
        workspace()
    );
    let build = r#"
fn main() -> asymmetric_schema_gen::Result<()> {
    asymmetric_schema_gen::export::<models::Telemetry>()
        .to("app-services")
        .locked_by("schema.lock")
        .run()
}
"#;
    let package = UserPackage::new(env!("CARGO_TARGET_TMPDIR"), manifest).unwrap();
    package.write("models/Cargo.toml", &models).unwrap();
    package.write("models/src/lib.rs", MODELS).unwrap();
    package.write("src/lib.rs", "pub use models::Reading;\n").unwrap();
    package.write("build.rs", build).unwrap();
    check(&package);
    assert!(read(&package, READINGS).contains("celsius"));

    // The build script follows the models wherever they are.
    package.write("models/src/lib.rs", &MODELS.replace("celsius: f64", "kelvin: i32")).unwrap();
    let output = run(&mut package.cargo("check"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("property_removed at Reading.celsius"), "{errors}");
    assert!(read(&package, READINGS).contains("celsius"), "nothing is written");
}

#[test]
fn two_realm_schemas_share_an_app_directory_and_a_lock() {
    let manifest = r#"
[package]
name = "layout_two_realms"
version = "1.0.0"
edition = "2024"

[workspace]

[dependencies]
asymmetric = { path = "{workspace}/runtime", default-features = false }

[build-dependencies]
asymmetric = { path = "{workspace}/runtime", default-features = false }
asymmetric-schema-gen = { path = "{workspace}/schema-gen" }
"#;
    let models = format!(
        "{MODELS}{}",
        r#"
#[asymmetric(database = "telemetry", collection = "events")]
pub struct Event {
    #[asymmetric(primary_key)]
    pub id: ObjectId,
}

realm_schema! { pub struct Events = [Event]; }
"#
    );
    let build = r#"
#[path = "src/models.rs"]
mod models;

fn main() -> asymmetric_schema_gen::Result<()> {
    use asymmetric_schema_gen::export;
    export::<models::Telemetry>().to("app-services").locked_by("schema.lock").run()?;
    export::<models::Events>().to("app-services").locked_by("schema.lock").run()
}
"#;
    let package = UserPackage::new(env!("CARGO_TARGET_TMPDIR"), manifest).unwrap();
    package.write("src/models.rs", &models).unwrap();
    package.write("src/lib.rs", "pub mod models;\n").unwrap();
    package.write("build.rs", build).unwrap();
    check(&package);
    assert!(read(&package, READINGS).contains("celsius"));
    assert!(read(&package, &READINGS.replace("readings", "events")).contains("\"Event\""));
    let lock = read(&package, "schema.lock");
    assert_eq!(lock.matches("realm = \"Telemetry\"").count(), 1, "{lock}");
    assert_eq!(lock.matches("realm = \"Events\"").count(), 1, "{lock}");
    let output = run(package.cargo("check").env("CI", "true"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn dependency_under_another_name() {
    let manifest = r#"
[package]
name = "layout_renamed"
version = "1.0.0"
edition = "2024"

[workspace]

[dependencies]
ingest = { package = "asymmetric", path = "{workspace}/runtime", default-features = false }

[build-dependencies]
ingest = { package = "asymmetric", path = "{workspace}/runtime", default-features = false }
schemas = { package = "asymmetric-schema-gen", path = "{workspace}/schema-gen" }
"#;
    let models = r#"
use ingest::{ObjectId, asymmetric, realm_schema};

#[asymmetric(database = "telemetry", collection = "readings", crate = ingest)]
pub struct Reading {
    #[asymmetric(primary_key)]
    pub id: ObjectId,
    pub celsius: f64,
}

realm_schema! { #[asymmetric(crate = ingest)] pub struct Telemetry = [Reading]; }
"#;
    let build = r#"
#[path = "src/models.rs"]
mod models;

fn main() -> schemas::Result<()> {
    schemas::export::<models::Telemetry>().to("app-services").run()
}
"#;
    let package = UserPackage::new(env!("CARGO_TARGET_TMPDIR"), manifest).unwrap();
    package.write("src/models.rs", models).unwrap();
    package.write("src/lib.rs", "pub mod models;\n").unwrap();
    package.write("build.rs", build).unwrap();
    check(&package);
    assert!(read(&package, READINGS).contains("celsius"));
}

#[test]
fn export_behind_a_feature_that_is_off() {
    let manifest = r#"
[package]
name = "layout_features"
version = "1.0.0"
edition = "2024"

[workspace]

[features]
export = ["dep:asymmetric", "dep:asymmetric-schema-gen"]

[dependencies]

[build-dependencies]
asymmetric = { path = "{workspace}/runtime", default-features = false, optional = true }
asymmetric-schema-gen = { path = "{workspace}/schema-gen", optional = true }
"#;
    let build = r#"
#[cfg(feature = "export")]
#[path = "src/models.rs"]
mod models;

#[cfg(feature = "export")]
fn main() -> asymmetric_schema_gen::Result<()> {
    asymmetric_schema_gen::export::<models::Telemetry>().to("app-services").run()
}

#[cfg(not(feature = "export"))]
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
}
"#;
    let package = UserPackage::new(env!("CARGO_TARGET_TMPDIR"), manifest).unwrap();
    package.write("src/models.rs", MODELS).unwrap();
    package.write("src/lib.rs", "").unwrap();
    package.write("build.rs", build).unwrap();
    check(&package);
    assert!(!package.path("app-services").exists());
    let output = run(package.cargo("check").args(["--features", "export"]));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(read(&package, READINGS).contains("celsius"));
}
