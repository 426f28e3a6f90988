//! `asymmetric::assert_locked!`: the guard in the program itself.

use asymmetric_testkit::UserPackage;

use crate::{BUILD, MODELS, package, run};

/// Builds the package, and returns what the compiler says if it does not.
fn errors(package: &UserPackage, variables: &[(&str, &str)]) -> Option<String> {
    let output = run(package.cargo("check").envs(variables.iter().copied()));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    (!output.status.success()).then_some(text)
}

#[test]
fn program_that_asks_for_a_lock_compiles_with_one_and_not_without() {
    let package = package("weather_asserts");
    let main =
        "mod models;\n\nasymmetric::assert_locked!(crate::models::Telemetry);\n\nfn main() {}\n";
    package.write("src/main.rs", main).unwrap();
    let text = errors(&package, &[]).unwrap();
    let told = "the build script of this package locks no realm schema `Telemetry`: call \
                `asymmetric_schema_gen::export::<Telemetry>()";
    assert!(text.contains(told), "{text}");

    let build = BUILD.replace(".run()", ".locked_by(\"schema.lock\").run()");
    package.write("build.rs", &build).unwrap();
    assert_eq!(errors(&package, &[]), None);
    assert_eq!(errors(&package, &[("CI", "true")]), None);
    // Where the lock counts for nothing, it is no reason to fail either.
    assert_eq!(errors(&package, &[("DOCS_RS", "1")]), None);
}

#[test]
fn program_whose_models_are_not_those_of_its_build_script_does_not_compile() {
    let manifest = r#"
[package]
name = "weather_differs"
version = "1.0.0"
edition = "2024"

[workspace]
members = ["models"]

[dependencies]
asymmetric = { path = "{workspace}/runtime", default-features = false }
models = { path = "models", package = "weather_differs_models", features = ["battery"] }

[build-dependencies]
models = { path = "models", package = "weather_differs_models" }
asymmetric-schema-gen = { path = "{workspace}/schema-gen" }
"#;
    let root = format!("{}/..", env!("CARGO_MANIFEST_DIR")).replace('\\', "\\\\");
    let models = format!(
        "[package]\nname = \"weather_differs_models\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n\
         [features]\nbattery = []\n\n\
         [dependencies]\nasymmetric = {{ path = \"{root}/runtime\", default-features = false }}\n",
    );
    let build = "fn main() -> asymmetric_schema_gen::Result<()> {\n    \
                 asymmetric_schema_gen::export::<models::Telemetry>()\n        \
                 .to(\"app-services\").locked_by(\"schema.lock\").run()\n}\n";
    let battery =
        "    #[cfg(feature = \"battery\")]\n    pub battery: Option<i32>,\n    pub wind: Wind,";
    let package = UserPackage::new(env!("CARGO_TARGET_TMPDIR"), manifest).unwrap();
    package.write("models/Cargo.toml", &models).unwrap();
    package.write("models/src/lib.rs", &MODELS.replace("    pub wind: Wind,", battery)).unwrap();
    package.write("build.rs", build).unwrap();
    package.write("src/lib.rs", "asymmetric::assert_locked!(models::Telemetry);\n").unwrap();
    let text = errors(&package, &[]).unwrap();
    let told = "the classes of `Telemetry` in this program are not those that build.rs held against \
                the schema lock: give the models the same features and the same `cfg`s in both, then \
                run `asymmetric schema lock` and commit what it writes";
    assert!(text.contains(told), "{text}");
    assert!(text.contains("--> src/lib.rs:1:1"), "{text}");

    let mended = manifest.replace(", features = [\"battery\"]", "");
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    package.write("Cargo.toml", &mended.replace("{workspace}", root.to_str().unwrap())).unwrap();
    assert_eq!(errors(&package, &[]), None);
}
