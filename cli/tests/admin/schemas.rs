//! `asymmetric schema push`, `pull` and `diff --against URL`.

use std::{fs, process::Output};

use asymmetric_testkit::UserPackage;

use crate::support::{World, ended};

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
    asymmetric_schema_gen::export::<Telemetry>().to("app-services").locked_by("schema.lock").run()
}
"#;

const MANIFEST: &str = r#"
[package]
name = "{name}"
version = "1.0.0"
edition = "2024"

[workspace]

[build-dependencies]
asymmetric-schema = { path = "{workspace}/schema" }
asymmetric-schema-gen = { path = "{workspace}/schema-gen" }
"#;

/// A gateway with an app, and a package that is locked.
pub(crate) struct Project {
    pub(crate) world: World,
    pub(crate) package: UserPackage,
}

impl Project {
    pub(crate) fn start(name: &str) -> Self {
        let world = World::start();
        ended(&world.asymmetric(&["app", "create", "--name", "telemetry"]), 0);
        let manifest = MANIFEST.replace("{name}", name);
        let package = UserPackage::new(env!("CARGO_TARGET_TMPDIR"), &manifest).unwrap();
        package.write("build.rs", BUILD).unwrap();
        package.write("src/lib.rs", "").unwrap();
        let project = Self { world, package };
        ended(&project.schema(&["lock"]), 0);
        project
    }

    pub(crate) fn schema(&self, arguments: &[&str]) -> Output {
        let command = self.package.command(env!("CARGO_BIN_EXE_asymmetric"));
        self.world.run(command, &[&["schema"], arguments].concat())
    }

    pub(crate) fn change(&self, old: &str, new: &str) {
        self.package.write("build.rs", &BUILD.replace(old, new)).unwrap();
    }
}

#[test]
fn push_is_idempotent_and_what_was_pushed_is_pulled() {
    let project = Project::start("cli_push");
    let push = ["push", "--app", "telemetry"];
    let plan = ended(&project.schema(&[&push[..], &["--dry-run"]].concat()), 2);
    assert!(plan.contains("to do: create schema Reading in mongodb-atlas/app/Reading"), "{plan}");
    assert_eq!(ended(&project.schema(&[&push[..], &["-x"]].concat()), 2), plan, "nothing was done");
    ended(&project.schema(&push), 0);
    let again = ended(&project.schema(&push), 0);
    assert!(again.contains("same") && !again.contains("to do"), "{again}");

    let diff = ["diff", "--app", "telemetry", "--against", &project.world.url];
    ended(&project.schema(&diff), 0);
    ended(&project.schema(&["pull", "--app", "telemetry", "--to", "pulled"]), 0);
    ended(&project.schema(&["export"]), 0);
    let file = "data_sources/mongodb-atlas/app/Reading/schema.json";
    let read = |folder: &str| fs::read(project.package.path(folder).join(file)).unwrap();
    assert_eq!(read("pulled"), read("app-services"));
}

#[test]
fn time_series_are_pushed_and_pulled_with_their_options() {
    let project = Project::start("cli_push_series");
    let series = "ObjectSchema::new(\"Reading\", READING).as_time_series(asymmetric_schema::TimeSeries { \
                  time: asymmetric_schema::Shared::Static(\"at\"), meta: None, \
                  granularity: asymmetric_schema::Granularity::Hours })";
    project.change("ObjectSchema::new(\"Reading\", READING)", series);
    fs::remove_file(project.package.path("schema.lock")).unwrap();
    ended(&project.schema(&["lock"]), 0);
    let push = ["push", "--app", "telemetry"];
    let plan = ended(&project.schema(&[&push[..], &["-x"]].concat()), 2);
    let step = "to do: make mongodb-atlas/app/Reading a time series by at, in hours";
    assert!(plan.contains(step), "{plan}");
    let pushed = project.schema(&push);
    ended(&pushed, 0);
    assert!(!String::from_utf8_lossy(&pushed.stderr).contains("note:"), "{pushed:?}");
    let again = ended(&project.schema(&push), 0);
    assert!(again.contains("same") && !again.contains("to do"), "{again}");

    ended(&project.schema(&["diff", "--app", "telemetry", "--against", &project.world.url]), 0);
    ended(&project.schema(&["pull", "--app", "telemetry", "--to", "pulled"]), 0);
    ended(&project.schema(&["export"]), 0);
    let file = "data_sources/mongodb-atlas/app/Reading/time_series.json";
    let read = |folder: &str| fs::read(project.package.path(folder).join(file)).unwrap();
    assert_eq!(read("pulled"), read("app-services"));
}

/// What a device has of it.
mod device {
    use asymmetric::{ObjectId, asymmetric, realm_schema};

    #[asymmetric]
    pub(super) struct Reading {
        #[asymmetric(primary_key)]
        pub(super) id: ObjectId,
        pub(super) count: i32,
    }

    realm_schema! { pub(super) struct Telemetry = [Reading]; }
}

#[test]
fn app_of_the_template_takes_objects_as_soon_as_it_has_schemas() {
    use asymmetric::{App, Credentials, ObjectId, Realm};

    let project = Project::start("cli_template");
    let world = &project.world;
    let create = ["app", "create", "--name", "ingest", "--template", "ingest"];
    ended(&world.asymmetric(&create), 0);
    ended(&project.schema(&["push", "--app", "ingest"]), 0);
    let meta = fs::read_to_string(world.path("ingest/.mdb/meta.json")).unwrap();
    let meta: serde_json::Value = serde_json::from_str(&meta).unwrap();
    let uploaded = world.runtime.block_on(async {
        let id = meta["client_app_id"].as_str().unwrap();
        let app = App::builder(id).base_url(&world.url).build().unwrap();
        let user = app.log_in(Credentials::anonymous()).await.unwrap();
        let path = world.path("device.realm");
        let realm = Realm::<device::Telemetry>::open(&user, path).unwrap();
        realm.create(device::Reading { id: ObjectId::new(), count: 7 }).unwrap();
        realm.sync_session().wait_for_upload(std::time::Duration::from_secs(60)).await.unwrap();
        realm.sync_session().progress()
    });
    assert_eq!((uploaded.acknowledged, uploaded.rejected), (1, 0));
}

#[test]
fn breaking_change_is_pushed_only_with_its_allowance() {
    let project = Project::start("cli_push_breaking");
    let push = ["push", "--app", "telemetry"];
    ended(&project.schema(&push), 0);
    project.change("PropertyType::Int", "PropertyType::Double");
    // The lock does not know it.
    ended(&project.schema(&push), 1);
    // A lock that never saw the old version allows it to the builds, but not to the app.
    let lock = fs::read_to_string(project.package.path("schema.lock")).unwrap();
    fs::remove_file(project.package.path("schema.lock")).unwrap();
    ended(&project.schema(&["lock"]), 0);
    let refused = project.schema(&push);
    let text = ended(&refused, 1);
    assert!(text.contains("Reading.count: int became double"), "{text}");

    project.package.write("schema.lock", &lock).unwrap();
    let allow = ["breaking", "--allow", "type_changed@Reading.count", "--reason", "Never shipped."];
    ended(&project.schema(&allow), 0);
    ended(&project.schema(&["lock"]), 0);
    let text = ended(&project.schema(&push), 0);
    assert!(text.contains("allowed: Never shipped."), "{text}");
}

#[test]
fn ending_the_sessions_of_clients_has_to_be_confirmed() {
    let project = Project::start("cli_push_confirm");
    let push = ["push", "--app", "telemetry"];
    ended(&project.schema(&push), 0);
    let event = "ObjectSchema::new(\"Reading\", READING), ObjectSchema::new(\"Event\", READING)";
    project.change("ObjectSchema::new(\"Reading\", READING)", event);
    ended(&project.schema(&["lock"]), 0);
    let refused = project.schema(&push);
    ended(&refused, 1);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("hint: add --yes"), "{refused:?}");
    // Nothing of it was left half done.
    ended(&project.schema(&["diff", "--app", "telemetry", "--against", &project.world.url]), 2);
    ended(&project.schema(&[&push[..], &["--yes"]].concat()), 0);
    ended(&project.schema(&["diff", "--app", "telemetry", "--against", &project.world.url]), 0);
}
