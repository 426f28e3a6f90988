//! `asymmetric schema check`, `diff`, `breaking`, `lock` and `explain`: one package from its first
//! version on.

use std::{fs, process::Output};

use asymmetric_testkit::UserPackage;
use expect_test::{Expect, expect};
use serde_json::Value;

use crate::{BUILD, asymmetric, package};

/// A package whose models are locked.
fn locked(name: &str) -> UserPackage {
    package(name, &build(""))
}

/// Its build script, with an edit of the models: what is to be replaced, and by what.
fn build(edit: &str) -> String {
    let build = BUILD.replace(".run()", ".locked_by(\"schema.lock\").run()");
    match edit.split_once(" => ") {
        Some((old, new)) => {
            assert!(build.contains(old), "{old}");
            build.replace(old, new)
        }
        None => build,
    }
}

const ADDED: &str = "PropertyType::Int), => PropertyType::Int), \
                     PropertySchema::new(\"note\", PropertyType::String).optional(),";
const CHANGED: &str = "PropertyType::Int => PropertyType::Double";

#[track_caller]
fn expect_output(package: &UserPackage, output: &Output, status: i32, expected: &Expect) {
    let text = |bytes: &[u8]| {
        String::from_utf8_lossy(bytes).replace(&package.path("").display().to_string(), "")
    };
    let all = format!("{}\n{}", text(&output.stdout), text(&output.stderr));
    expected.assert_eq(all.trim());
    assert_eq!(output.status.code(), Some(status), "{all}");
}

#[test]
fn models_are_checked_against_their_lock() {
    let package = locked("cli_check");
    let check = |format: &str| asymmetric(&package, &["schema", "check", "--format", format]);
    // Nothing was locked yet, and a check writes nothing.
    assert_eq!(check("text").status.code(), Some(2));
    assert!(!package.path("schema.lock").exists());

    assert!(asymmetric(&package, &["schema", "lock"]).status.success());
    assert!(asymmetric(&package, &["schema", "export"]).status.success());
    expect_output(
        &package,
        &check("text"),
        0,
        &expect![[r"
            Telemetry against schema.lock
              same"]],
    );

    package.write("build.rs", &build(ADDED)).unwrap();
    expect_output(
        &package,
        &check("text"),
        2,
        &expect![[r"
            Telemetry against schema.lock
              additive     Reading.note: a new property: string
                           property_added
              out of date  app-services/data_sources/mongodb-atlas/app/Reading/schema.json

            hint: run `asymmetric schema lock` and `asymmetric schema export` and commit what is written"]],
    );

    package.write("build.rs", &build(CHANGED)).unwrap();
    expect_output(
        &package,
        &check("github"),
        1,
        &expect![[r#"
            ::error file=schema.lock,title=type_changed::breaking: Reading.count: int became double
            ::error file=app-services/data_sources/mongodb-atlas/app/Reading/schema.json,title=out of date::app-services/data_sources/mongodb-atlas/app/Reading/schema.json is not what the models say

            error: the schema lock refuses what changed
            hint: undo it, or allow it with a reason: `asymmetric schema breaking --allow type_changed@Reading.count --reason "…"`; `asymmetric schema explain type_changed` says what it means"#]],
    );
    // A workflow knows files by their path in the repository, wherever a step runs.
    let folder = package.path("");
    let mut command = package.command(env!("CARGO_BIN_EXE_asymmetric"));
    command.args(["schema", "check", "--format", "github"]).env("CARGO_TERM_QUIET", "true");
    let output = command.env("GITHUB_WORKSPACE", folder.parent().unwrap()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let name = folder.file_name().unwrap().to_str().unwrap();
    assert!(text.starts_with(&format!("::error file={name}/schema.lock,")), "{text}");

    let output = check("json");
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["same"], false);
    assert_eq!(found["compared"][0]["findings"][0]["refused"], true);
}

#[test]
fn change_is_refused_until_it_is_allowed_and_locked() {
    let package = locked("cli_breaking");
    assert!(asymmetric(&package, &["schema", "lock"]).status.success());
    package.write("build.rs", &build(CHANGED)).unwrap();
    let before = fs::read_to_string(package.path("schema.lock")).unwrap();
    let output = asymmetric(&package, &["schema", "lock"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(fs::read_to_string(package.path("schema.lock")).unwrap(), before);

    let allow = ["schema", "breaking", "--allow", "type_changed@Reading.count"];
    let output = asymmetric(&package, &[&allow[..], &["--reason", "Never shipped."]].concat());
    expect_output(
        &package,
        &output,
        0,
        &expect!["allowed type_changed at Reading.count in Telemetry"],
    );
    let output = asymmetric(&package, &["schema", "lock"]);
    expect_output(
        &package,
        &output,
        0,
        &expect![[r"
        Telemetry against schema.lock
          breaking     Reading.count: int became double
                       type_changed
                       allowed: Never shipped."]],
    );
    assert_eq!(asymmetric(&package, &["schema", "diff"]).status.code(), Some(0));
    let lock = fs::read_to_string(package.path("schema.lock")).unwrap();
    assert_eq!(lock.matches("[[class]]").count(), 2, "{lock}");
}

#[test]
fn allowance_that_makes_no_sense_is_refused() {
    let package = locked("cli_allowance");
    assert!(asymmetric(&package, &["schema", "lock"]).status.success());
    for (change, reason, status) in [
        ("no_such_rule@Reading", "r", 64),
        ("property_added@Reading.a", "r", 64),
        ("type_changed", "r", 64),
        ("type_changed@Other.a", "r", 1),
        ("type_changed@Reading.a", " ", 1),
    ] {
        let output =
            asymmetric(&package, &["schema", "breaking", "--allow", change, "--reason", reason]);
        assert_eq!(output.status.code(), Some(status), "{change}: {output:?}");
    }
    assert!(!fs::read_to_string(package.path("schema.lock")).unwrap().contains("[[pending]]"));
}

#[test]
fn models_are_compared_with_a_directory_and_a_revision() {
    let package = locked("cli_diff");
    assert!(asymmetric(&package, &["schema", "export"]).status.success());
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"];
        let output = package.command("git").args(identity).args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    git(&["init", "--quiet"]);
    git(&["add", "app-services"]);
    git(&["commit", "--quiet", "--message", "only the export"]);
    package.write("build.rs", &build(CHANGED)).unwrap();
    let diff = |against: &str| asymmetric(&package, &["schema", "diff", "--against", against]);
    for against in ["git:HEAD", "app-services", "lock"] {
        let output = diff(against);
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(2), "{against}: {output:?}");
        assert!(text.contains("Reading.count: int became double"), "{against}: {text}");
    }
    git(&["add", "schema.lock"]);
    git(&["commit", "--quiet", "--message", "and the lock"]);
    package.write("build.rs", &build("")).unwrap();
    for against in ["git:HEAD", "git:HEAD~1", "app-services", "lock"] {
        let output = diff(against);
        assert_eq!(output.status.code(), Some(0), "{against}: {output:?}");
    }
    assert_eq!(diff("git:no-such-revision").status.code(), Some(1));
    assert_eq!(diff("no-such-folder").status.code(), Some(1));
}

/// Every command as a program reads it, and as a workflow shows it.
#[test]
fn every_command_prints_for_programs_and_for_workflows() {
    let package = locked("cli_formats");
    let json = |arguments: &[&str]| -> Value {
        let arguments = [&["schema", "--format", "json"], arguments].concat();
        let output = asymmetric(&package, &arguments);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
    };
    let github = |arguments: &[&str]| {
        let output =
            asymmetric(&package, &[&["schema"], arguments, &["--format", "github"]].concat());
        String::from_utf8_lossy(&output.stdout).replace(&package.path("").display().to_string(), "")
    };
    assert_eq!(json(&["lock"])["same"], false);
    assert_eq!(json(&["lock"])["same"], true);
    let exported = &json(&["export"])["exported"][0];
    assert_eq!(exported["files"][0]["outcome"], "written");
    assert_eq!(github(&["export"]), "", "nothing was to be done");
    fs::remove_dir_all(package.path("app-services")).unwrap();
    let told = "::notice file=app-services/root_config.json,title=written::root_config.json\n";
    assert!(github(&["export"]).contains(told));
    assert_eq!(json(&["check"])["same"], true);
    assert_eq!(json(&["diff"])["same"], true);

    let allow = ["breaking", "--allow", "type_changed@Reading.count", "--reason", "Never shipped."];
    let allowed = &json(&allow)["allowed"][0];
    assert_eq!((&allowed["at"], &allowed["realm"]), (&"Reading.count".into(), &"Telemetry".into()));
    let told = "::notice file=schema.lock,title=type_changed::allowed type_changed at Reading.count \
                in Telemetry\n";
    assert_eq!(github(&allow), told);
    assert_eq!(json(&["explain"]).as_array().unwrap().len(), asymmetric_schema::RULES.len());
    assert_eq!(json(&["explain", "class_added"])[0]["verdict"], "additive");
}

#[test]
fn every_rule_is_explained() {
    let package = locked("cli_explain_all");
    for rule in asymmetric_schema::RULES {
        let output = asymmetric(&package, &["schema", "explain", rule.id]);
        assert_eq!(output.status.code(), Some(0), "{}", rule.id);
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.starts_with(&format!("{} ({})\n\n", rule.id, rule.verdict)), "{text}");
        assert_eq!(text.contains("To allow it:"), rule.verdict.needs_allowance(), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    }
}

#[test]
fn rules_are_listed_and_explained() {
    let package = locked("cli_explain");
    let output = asymmetric(&package, &["schema", "explain", "type_changed"]);
    expect_output(
        &package,
        &output,
        0,
        &expect![[r#"
            type_changed (breaking)

            A property, or the elements of a collection, have another type. Values of programs built before are
            of the old one and are refused, and readers find both.

            What to do: Add a property of the new type under a new name, and keep the old one as an `Option`.
            To allow it: asymmetric schema breaking --allow type_changed@PLACE --reason "…""#]],
    );
    let output = asymmetric(&package, &["schema", "explain"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("destructive  collection_changed"));
    assert_eq!(asymmetric(&package, &["schema", "explain", "nonsense"]).status.code(), Some(64));
}

#[test]
fn cargo_knows_the_program_as_a_subcommand() {
    let package = locked("cli_subcommand");
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_cargo-asymmetric"));
    let mut cargo = package.command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(program.parent().unwrap().to_owned());
    let path = std::env::join_paths(folders.chain(std::env::split_paths(&path))).unwrap();
    let output =
        cargo.args(["asymmetric", "schema", "explain", "class_added"]).env("PATH", path).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("class_added (additive)"));
    let help = package.command(program).args(["asymmetric", "schema", "--help"]).output().unwrap();
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    assert!(help.contains("Usage: cargo asymmetric schema "), "{help}");
}
