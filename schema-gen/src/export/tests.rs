use super::*;
use asymmetric_schema::{JSON_SCHEMA_DIALECT, PropertySchema, PropertyType};
#[cfg(unix)]
use asymmetric_testkit::SmallDisk;
use std::fs;
use tempfile::TempDir;

const ID: &[PropertySchema] = &[PropertySchema::new("_id", PropertyType::ObjectId)];

/// A package with an `OUT_DIR`, where exports of one realm schema run.
struct Package {
    folder: TempDir,
}

impl Package {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Exports classes with these titles to `app`, and returns what cargo is told.
    fn export(&self, titles: &[&'static str]) -> Vec<String> {
        self.try_export("app", titles).unwrap()
    }

    fn try_export(&self, to: &str, titles: &[&'static str]) -> Result<Vec<String>> {
        self.run(&classes(titles).to(to), Mode::Write).map_err(|(_, error)| error)
    }

    /// Runs an export: what cargo is told, and the error if it fails.
    fn run(&self, export: &Export, mode: Mode) -> Result<Vec<String>, (Vec<String>, Error)> {
        let environment = self.environment(mode);
        let mut out = Vec::new();
        let done = export.run_in(&environment, &mut Cargo::new(&mut out));
        let said = String::from_utf8(out).unwrap().lines().map(str::to_owned).collect();
        match done {
            Ok(()) => Ok(said),
            Err(error) => Err((said, error)),
        }
    }

    fn environment(&self, mode: Mode) -> Environment {
        Environment {
            package: "weather".to_owned(),
            package_dir: self.folder.path().to_owned(),
            out_dir: self.path("out"),
            export_to: None,
            docs_rs: false,
            packed: false,
            mode,
        }
    }

    fn outcomes(&self) -> Vec<Outcome> {
        let reports = Report::read_all(&self.path("out")).unwrap();
        reports.into_iter().flat_map(|r| r.files).map(|file| file.outcome).collect()
    }
}

/// An export of classes with these titles.
fn classes(titles: &[&'static str]) -> Export {
    struct Empty;
    impl Schema for Empty {
        const REALM: RealmSchema = RealmSchema::new(&[]);
    }
    let classes: Vec<_> = titles.iter().map(|title| ObjectSchema::new(title, ID)).collect();
    let mut export = export::<Empty>();
    export.name = "models::Telemetry";
    export.schema.classes = classes.into();
    export
}

const CHECK: Mode = Mode::Check { may_create: false };
const CI_CHECK: Mode = Mode::Check { may_create: true };

fn warnings(said: &[String]) -> Vec<&str> {
    said.iter().filter_map(|line| line.strip_prefix("cargo::warning=")).collect()
}

#[test]
fn cargo_is_told_what_the_export_depends_on() {
    let package = Package::new();
    let said = package.export(&["Reading"]);
    for variable in ["ASYMMETRIC_EXPORT_TO", "DOCS_RS"] {
        assert!(said.contains(&format!("cargo::rerun-if-env-changed={variable}")), "{said:?}");
    }
    let schema = package.path("app/data_sources/mongodb-atlas/app/Reading/schema.json");
    assert!(said.contains(&format!("cargo::rerun-if-changed={}", schema.display())), "{said:?}");
    assert_eq!(warnings(&said), [""; 0]);
}

#[test]
fn cargo_never_waits_for_a_file_that_is_not_there() {
    let package = Package::new();
    fs::create_dir(package.path("app")).unwrap();
    fs::write(package.path("app/realm_config.json"), "{}").unwrap();
    for line in package.export(&["Reading"]) {
        if let Some(path) = line.strip_prefix("cargo::rerun-if-changed=") {
            assert!(Path::new(path).exists(), "{path}");
        }
    }
    assert!(!package.path("app/root_config.json").exists());
}

#[test]
fn second_export_writes_nothing() {
    let package = Package::new();
    package.export(&["Reading"]);
    assert!(package.outcomes().iter().all(|outcome| *outcome == Outcome::Written));
    package.export(&["Reading"]);
    assert_eq!(package.outcomes().len(), 5);
    assert!(package.outcomes().iter().all(|outcome| *outcome != Outcome::Written));
}

#[test]
fn removed_class_is_reported_until_its_folder_is_gone() {
    let package = Package::new();
    package.export(&["Reading", "Event"]);
    let folder = package.path("app/data_sources/mongodb-atlas/app/Event");
    for _ in 0..2 {
        let said = package.export(&["Reading"]);
        let message = format!(
            "`{}` belongs to no class of `models::Telemetry` any more: delete it if nothing \
             else needs it",
            folder.display()
        );
        assert_eq!(warnings(&said), [message]);
        assert!(folder.is_dir());
    }
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(warnings(&package.export(&["Reading"])), [""; 0]);
}

#[test]
fn folders_of_others_are_none_of_our_business() {
    let package = Package::new();
    fs::create_dir_all(package.path("app/data_sources/mongodb-atlas/app/Station")).unwrap();
    package.export(&["Reading"]);
    assert_eq!(warnings(&package.export(&["Reading"])), [""; 0]);
}

#[test]
fn removed_class_in_another_directory_is_not_reported() {
    let package = Package::new();
    package.export(&["Reading", "Event"]);
    let said = package.try_export("other", &["Reading"]).unwrap();
    assert_eq!(warnings(&said), [""; 0]);
}

#[test]
fn sync_configuration_that_lacks_a_class_is_reported_and_left_alone() {
    let package = Package::new();
    package.export(&["Reading"]);
    let path = package.path("app/sync/config.json");
    let before = fs::read(&path).unwrap();
    let said = package.export(&["Reading", "Event"]);
    let message = format!("`{}` does not list `Event` in `asymmetric_tables`", path.display());
    assert_eq!(warnings(&said), [message]);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn schema_that_cannot_be_exported_writes_nothing() {
    let package = Package::new();
    package.try_export("app", &["Reading", "Reading"]).unwrap_err();
    assert!(!package.path("app").exists());
}

#[cfg(unix)]
#[test]
fn sources_on_a_read_only_disk_are_left_alone_and_the_files_go_to_out_dir() {
    let disk = SmallDisk::mount(1024 * 1024);
    disk.make_read_only();
    let package = Package::new();
    let environment =
        Environment { package_dir: disk.path().to_owned(), ..package.environment(Mode::Write) };
    let export = classes(&["Reading"]).to("app").locked_by("schema.lock");
    let mut out = Vec::new();
    export.run_in(&environment, &mut Cargo::new(&mut out)).unwrap();
    let said: Vec<String> = String::from_utf8(out).unwrap().lines().map(str::to_owned).collect();
    let [exported, locked] = warnings(&said)[..] else { panic!("{said:?}") };
    assert!(exported.contains("is read-only: its schemas are exported to"), "{exported}");
    assert!(locked.ends_with("is read-only and does not know the models as they are"), "{locked}");
    let schema = "out/app-services/data_sources/mongodb-atlas/app/Reading/schema.json";
    assert!(package.path(schema).exists());
    // What lies there may be as it should be, and then nobody has to write.
    let export = classes(&["Reading"]).to("app").check_only();
    let error = export.run_in(&environment, &mut Cargo::new(Vec::new())).unwrap_err();
    assert!(matches!(error, Error::Outdated { .. }), "{error}");
}

#[test]
fn only_a_refusal_to_write_at_all_is_tolerated() {
    assert!(is_read_only(&io::ErrorKind::PermissionDenied.into()));
    assert!(is_read_only(&io::ErrorKind::ReadOnlyFilesystem.into()));
    assert!(!is_read_only(&io::ErrorKind::StorageFull.into()));
}

#[test]
fn check_tells_what_is_out_of_date_and_writes_nothing() {
    let package = Package::new();
    package.export(&["Reading"]);
    let schema = package.path("app/data_sources/mongodb-atlas/app/Reading/schema.json");
    for mode in [CHECK, CI_CHECK] {
        package.run(&classes(&["Reading"]).to("app"), mode).unwrap();
    }
    fs::write(&schema, "edited").unwrap();
    for (export, mode) in [
        (classes(&["Reading"]).to("app"), CHECK),
        (classes(&["Reading"]).to("app"), CI_CHECK),
        (classes(&["Reading"]).to("app").check_only(), Mode::Write),
    ] {
        let (said, error) = package.run(&export, mode).unwrap_err();
        let told = format!("cargo::error=`{}` is not what the models say", schema.display());
        assert!(said.contains(&told), "{said:?}");
        let mend = "run `asymmetric schema export --package weather`";
        assert!(error.to_string().contains(mend), "{error}");
        assert_eq!(fs::read_to_string(&schema).unwrap(), "edited");
    }
}

#[test]
fn app_directory_that_nobody_committed_is_written_in_ci() {
    let package = Package::new();
    package.run(&classes(&["Reading"]).to("app"), CI_CHECK).unwrap();
    assert!(package.path("app/root_config.json").exists());
    let (_, error) = package.run(&classes(&["Reading"]).to("other"), CHECK).unwrap_err();
    assert!(matches!(error, Error::Outdated { count: 2, .. }), "{error}");
    assert!(!package.path("other").exists());
}

#[test]
fn refused_change_leaves_the_app_directory_as_it_was() {
    let package = Package::new();
    let locked = |titles: &[&'static str]| classes(titles).to("app").locked_by("schema.lock");
    package.run(&locked(&["Reading", "Event"]), Mode::Write).unwrap();
    let said = package.run(&locked(&["Reading", "Event"]), CI_CHECK).unwrap();
    let lock = format!("cargo::rerun-if-changed={}", package.path("schema.lock").display());
    assert!(said.contains(&lock), "{said:?}");
    let (said, error) = package.run(&locked(&["Event", "Other"]), Mode::Write).unwrap_err();
    assert!(said.iter().any(|line| line.contains("class_removed at Reading")), "{said:?}");
    assert!(matches!(error, Error::Refused { .. }), "{error}");
    assert!(!package.path("app/data_sources/mongodb-atlas/app/Other").exists());
}

#[test]
fn report_tells_everything_and_writes_only_to_out_dir() {
    let package = Package::new();
    package.run(&classes(&["Reading"]).to("app").locked_by("schema.lock"), Mode::Report).unwrap();
    assert!(!package.path("app").exists());
    assert!(!package.path("schema.lock").exists());
    let [report] = &Report::read_all(&package.path("out")).unwrap()[..] else { panic!("one") };
    assert_eq!(report.realm, "Telemetry");
    assert_eq!(report.package, "weather");
    assert_eq!(report.lock.as_deref(), Some(&*package.path("schema.lock")));
    assert_eq!(report.classes[0].document.title(), "Reading");
    assert!(report.files.iter().all(|file| file.outcome == Outcome::Differs));
}

#[test]
fn further_outputs_are_kept_up_to_date_as_well() {
    let package = Package::new();
    let export =
        || classes(&["Reading"]).to("app").json_schema_to("schemas").validators_to("mongo");
    package.run(&export(), Mode::Write).unwrap();
    let read = |path: &str| -> Value {
        serde_json::from_slice(&fs::read(package.path(path)).unwrap()).unwrap()
    };
    assert_eq!(read("schemas/Reading.json")["$schema"], JSON_SCHEMA_DIALECT);
    assert_eq!(read("mongo/Reading.json")["$jsonSchema"]["title"], "Reading");
    package.run(&export(), CI_CHECK).unwrap();
    fs::remove_file(package.path("mongo/Reading.json")).unwrap();
    let (said, _) = package.run(&export(), CI_CHECK).unwrap_err();
    let path = package.path("mongo/Reading.json");
    let told = format!("cargo::error=`{}` is not what the models say", path.display());
    assert!(said.contains(&told), "{said:?}");
}
