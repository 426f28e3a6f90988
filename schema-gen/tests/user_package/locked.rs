//! Packages whose models are locked.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use asymmetric_testkit::UserPackage;

use crate::{BUILD, MODELS, SCHEMA, build, package, run};

fn locked_package(name: &str) -> UserPackage {
    let package = package(name);
    let build = BUILD.replace(".run()", ".locked_by(\"schema.lock\").run()");
    package.write("build.rs", &build).unwrap();
    package
}

/// Changes the models in a way that hurts nobody.
fn add_property(package: &UserPackage, property: &str) {
    let models = fs::read_to_string(package.path("src/models.rs")).unwrap();
    let models = models.replace(
        "    pub wind: Wind,",
        &format!("    pub {property}: Option<i32>,\n    pub wind: Wind,"),
    );
    package.write("src/models.rs", &models).unwrap();
}

fn in_ci(package: &UserPackage) -> Output {
    run(package.cargo("check").env("CI", "true"))
}

fn errors(output: &Output) -> String {
    assert!(!output.status.success(), "the build should fail");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn changed_model_without_its_lock_does_not_build_in_ci() {
    let package = locked_package("weather_guard");
    build(&package);
    assert!(in_ci(&package).status.success());

    add_property(&package, "battery");
    let text = errors(&in_ci(&package));
    assert!(text.contains("run `asymmetric schema lock` and commit what it writes"), "{text}");
    // The same binary builds as soon as the lock is up to date.
    build(&package);
    let output = in_ci(&package);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    fs::remove_file(package.path("schema.lock")).unwrap();
    errors(&in_ci(&package));
}

#[test]
fn breaking_change_fails_every_build_until_it_is_allowed() {
    let package = locked_package("weather_breaking");
    build(&package);
    let before = fs::read_to_string(package.path("schema.lock")).unwrap();
    let models = MODELS.replace("air_temperature: Option<f64>", "air_temperature: Option<i32>");
    package.write("src/models.rs", &models).unwrap();
    let text = errors(&run(&mut package.cargo("check")));
    let found = "error: weather_breaking@1.0.0: breaking: type_changed at Reading.airTemperature: \
                 double became int";
    assert!(text.contains(found), "{text}");
    let mend = "asymmetric schema breaking --allow type_changed@Reading.airTemperature --reason";
    assert!(text.contains(mend), "{text}");
    assert_eq!(fs::read_to_string(package.path("schema.lock")).unwrap(), before);
    let schema = fs::read_to_string(package.path(SCHEMA)).unwrap();
    assert!(!schema.contains("\"int\""), "nothing is written");

    let pending = "\n[[pending]]\nrealm = \"Telemetry\"\nrule = \"type_changed\"\n\
                   at = \"Reading.airTemperature\"\nreason = \"No device was shipped.\"\n";
    package.write("schema.lock", &(before + pending)).unwrap();
    build(&package);
    let lock = fs::read_to_string(package.path("schema.lock")).unwrap();
    assert!(!lock.contains("[[pending]]"), "{lock}");
    assert!(lock.contains("reason = \"No device was shipped.\""), "{lock}");
    assert!(build(&package), "the lock that the build wrote is no reason to build again");
}

#[test]
fn build_for_docs_rs_cares_for_no_lock() {
    let package = locked_package("weather_lock_docs");
    package.write("schema.lock", "no lock at all").unwrap();
    let output = run(package.cargo("check").env("DOCS_RS", "1"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read_to_string(package.path("schema.lock")).unwrap(), "no lock at all");
}

fn git(folder: &Path, arguments: &[&str]) -> bool {
    let identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"];
    let mut git = Command::new("git");
    git.current_dir(folder).args(identity).args(arguments);
    git.output().unwrap().status.success()
}

fn commit(folder: &Path, message: &str) {
    assert!(git(folder, &["add", "schema.lock"]));
    assert!(git(folder, &["commit", "--quiet", "--message", message]));
}

/// A lock of two classes that two branches extend by these versions, and whether git merges them.
fn merge(ours: &[&'static str], theirs: &[&'static str]) -> (bool, String) {
    use asymmetric_schema::{ClassDocument, Lock, ObjectSchema, PropertySchema, PropertyType};

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("schema.lock");
    let classes = |more: &[&'static str]| {
        ["Event", "Reading"].map(|title| {
            let mut properties = vec![PropertySchema::new("_id", PropertyType::ObjectId)];
            for property in
                more.iter().filter_map(|path| path.strip_prefix(title)?.strip_prefix('.'))
            {
                properties.push(PropertySchema::new(property, PropertyType::Int).optional());
            }
            let mut class = ObjectSchema::new(title, &[]);
            class.properties = properties.into();
            ClassDocument::from(&class)
        })
    };
    let mut base = Lock::default();
    base.accept("Telemetry", &classes(&[])).unwrap();
    let branch = |name: &str, more: &[&'static str]| {
        let mut lock = base.clone();
        lock.accept("Telemetry", &classes(more)).unwrap();
        assert!(git(folder.path(), &["checkout", "--quiet", "-b", name, "main"]));
        fs::write(&path, lock.to_string()).unwrap();
        commit(folder.path(), name);
    };
    assert!(git(folder.path(), &["init", "--quiet", "--initial-branch", "main"]));
    fs::write(&path, base.to_string()).unwrap();
    commit(folder.path(), "base");
    branch("ours", ours);
    branch("theirs", theirs);
    let merged = git(folder.path(), &["merge", "--quiet", "ours"]);
    (merged, fs::read_to_string(&path).unwrap())
}

#[test]
fn branches_that_change_different_classes_merge_by_themselves() {
    let (merged, text) = merge(&["Event.a"], &["Reading.b"]);
    assert!(merged, "{text}");
    let lock: asymmetric_schema::Lock = text.parse().unwrap();
    assert_eq!(lock.versions().count(), 4);
}

#[test]
fn branches_that_change_one_class_stop_git_and_the_next_build_keeps_both() {
    let (merged, text) = merge(&["Reading.a"], &["Reading.b"]);
    assert!(!merged, "whoever merges has to build");
    let lock = asymmetric_schema::Lock::merged(&text).unwrap();
    assert_eq!(lock.versions().count(), 4);
}
