//! The workflow of `examples/ci/`, run as GitHub would run it: its steps in order, each by a shell of its
//! own, in the checkout of a repository.

use std::{
    collections::BTreeMap,
    path::Path,
    process::{Command, Output},
};

use serde::Deserialize;

use crate::{schemas::Project, support::ended};

const WORKFLOW: &str = include_str!("../../../examples/ci/schemas.yml");

/// A workflow. A key that is no part of one does not parse.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "parsed to know that it is there")]
struct Workflow {
    name: String,
    on: Triggers,
    permissions: BTreeMap<String, String>,
    concurrency: Concurrency,
    jobs: BTreeMap<String, Job>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Triggers {
    pull_request: (),
    push: Branches,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Branches {
    branches: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[expect(dead_code, reason = "parsed to know that it is there")]
struct Concurrency {
    group: String,
    cancel_in_progress: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[expect(dead_code, reason = "parsed to know that it is there")]
struct Job {
    runs_on: String,
    timeout_minutes: u32,
    steps: Vec<Step>,
    r#if: Option<String>,
    needs: Option<String>,
    environment: Option<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    name: Option<String>,
    uses: Option<String>,
    #[serde(default)]
    with: BTreeMap<String, serde_json::Value>,
    r#if: Option<String>,
    run: Option<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
}

/// What GitHub knows of an event.
struct Event<'a> {
    name: &'a str,
    context: BTreeMap<&'a str, String>,
}

impl Event<'_> {
    /// A value with its expressions replaced.
    fn expand(&self, text: &str) -> String {
        let mut expanded = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${{ ") {
            let (expression, after) = after.split_once(" }}").expect("an expression has an end");
            let value = self.context.get(expression);
            expanded += before;
            expanded += value.unwrap_or_else(|| panic!("nothing is known of `{expression}`"));
            rest = after;
        }
        expanded + rest
    }

    /// Whether a condition holds. The workflow asks for nothing but the name of the event.
    fn holds(&self, condition: Option<&str>) -> bool {
        let Some(condition) = condition else { return true };
        let asked =
            condition.strip_prefix("github.event_name == '").and_then(|c| c.strip_suffix('\''));
        self.name == asked.unwrap_or_else(|| panic!("`{condition}` is not understood"))
    }
}

/// Runs the jobs that an event starts, each after those that it needs, up to the first step that
/// fails. Returns what the steps printed, and whether all of them passed.
fn run(event: &Event<'_>, project: &Project) -> (bool, String) {
    let workflow: Workflow = serde_saphyr::from_str(WORKFLOW).unwrap();
    let mut jobs: Vec<&Job> =
        workflow.jobs.values().filter(|job| event.holds(job.r#if.as_deref())).collect();
    jobs.sort_by_key(|job| job.needs.is_some());
    let mut printed = String::new();
    for job in jobs {
        for step in &job.steps {
            let Some(script) = step.run.as_deref().filter(|_| event.holds(step.r#if.as_deref()))
            else {
                continue;
            };
            let mut environment = job.env.clone();
            environment.extend(step.env.clone());
            for value in environment.values_mut() {
                *value = event.expand(value);
            }
            let output = shell(project, script, &environment);
            printed += &String::from_utf8_lossy(&output.stdout);
            printed += &String::from_utf8_lossy(&output.stderr);
            if !output.status.success() {
                return (false, printed);
            }
        }
    }
    (true, printed)
}

/// As GitHub runs a step on Linux.
fn shell(project: &Project, script: &str, environment: &BTreeMap<String, String>) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_asymmetric"));
    let folders = std::iter::once(program.parent().unwrap().to_owned());
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(folders.chain(std::env::split_paths(&path))).unwrap();
    let mut bash = project.package.command("bash");
    bash.args(["-e", "-c", script]).env("PATH", path).env("CI", "true").envs(environment);
    bash.env("CARGO_TERM_QUIET", "true").output().unwrap()
}

fn git(project: &Project, arguments: &[&str]) {
    let identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"];
    let mut git: Command = project.package.command("git");
    let output = git.args(identity).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
}

/// A package as the workflow finds it: checked out, with `origin/main` to compare with.
fn checked_out(name: &str) -> Project {
    let project = Project::start(name);
    ended(&project.schema(&["export"]), 0);
    project.package.write(".gitignore", "target\n").unwrap();
    git(&project, &["init", "--quiet", "--initial-branch", "main"]);
    commit(&project);
    let origin = project.world.path("origin.git");
    git(&project, &["clone", "--quiet", "--bare", ".", origin.to_str().unwrap()]);
    git(&project, &["remote", "add", "origin", origin.to_str().unwrap()]);
    git(&project, &["fetch", "--quiet", "origin"]);
    project
}

fn commit(project: &Project) {
    git(project, &["add", "--all"]);
    git(project, &["commit", "--quiet", "--message", "change"]);
}

fn pull_request() -> Event<'static> {
    Event {
        name: "pull_request",
        context: BTreeMap::from([("github.base_ref", "main".to_owned())]),
    }
}

#[test]
fn workflow_runs_on_pull_requests_and_pushes_to_main_and_may_do_no_more_than_read() {
    let workflow: Workflow = serde_saphyr::from_str(WORKFLOW).unwrap();
    assert_eq!(workflow.on.push.branches, ["main"]);
    let () = workflow.on.pull_request;
    let read = BTreeMap::from([("contents".to_owned(), "read".to_owned())]);
    assert_eq!(workflow.permissions, read);
    for step in workflow.jobs.values().flat_map(|job| &job.steps) {
        // Either somebody else's action, of a fixed version, or a script.
        assert_ne!(step.uses.is_some(), step.run.is_some(), "{:?}", step.name);
        assert!(step.uses.as_ref().is_none_or(|action| action.contains("@v")), "{:?}", step.uses);
        assert!(step.with.is_empty() || step.uses.is_some(), "{:?}", step.name);
    }
}

#[test]
fn pull_request_passes_if_what_it_changes_is_locked_and_exported() {
    let project = checked_out("cli_workflow");
    let (passed, printed) = run(&pull_request(), &project);
    assert!(passed, "{printed}");

    let note =
        "PropertyType::Int), PropertySchema::new(\"note\", PropertyType::String).optional(),";
    project.change("PropertyType::Int),", note);
    let (passed, printed) = run(&pull_request(), &project);
    assert!(!passed, "{printed}");
    assert!(printed.contains("::notice"), "{printed}");
    assert!(printed.contains("title=out of date::"), "{printed}");

    ended(&project.schema(&["lock"]), 0);
    ended(&project.schema(&["export"]), 0);
    commit(&project);
    let (passed, printed) = run(&pull_request(), &project);
    assert!(passed, "{printed}");
    let told = "title=property_added::additive: Reading.note: a new property: string";
    assert!(printed.contains(told), "what the pull request changes is an annotation: {printed}");

    project.change("PropertyType::Int", "PropertyType::Double");
    let (passed, printed) = run(&pull_request(), &project);
    assert!(!passed, "{printed}");
    assert!(printed.contains("::error") && printed.contains("title=type_changed"), "{printed}");
}

#[test]
fn push_to_main_brings_the_app_up_to_date() {
    let project = checked_out("cli_workflow_push");
    let push = Event {
        name: "push",
        context: BTreeMap::from([
            ("vars.ASYMMETRIC_ADMIN_URL", project.world.url.clone()),
            ("vars.ASYMMETRIC_APP", "telemetry".to_owned()),
            ("secrets.ASYMMETRIC_API_KEY", "public".to_owned()),
            ("secrets.ASYMMETRIC_PRIVATE_API_KEY", "a-private-part-of-a-key".to_owned()),
        ]),
    };
    let diff = ["diff", "--app", "telemetry", "--against", &project.world.url];
    ended(&project.schema(&diff), 2);
    let (passed, printed) = run(&push, &project);
    assert!(passed, "{printed}");
    ended(&project.schema(&diff), 0);
    let (passed, printed) = run(&push, &project);
    assert!(passed && printed.contains("same"), "{printed}");
}
