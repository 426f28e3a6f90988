//! The entry point of a build script.

use std::{
    any::type_name,
    collections::BTreeSet,
    io::{self, Write},
    path::{Path, PathBuf},
};

use asymmetric_schema::{RealmSchema, Schema};
use serde_json::Value;

use crate::{
    Error, Outcome, Report, ReportedFile, Result,
    cargo::Cargo,
    directory,
    environment::{DOCS_RS, EXPORT_TO, Environment},
    plan::{Plan, SYNC_CONFIG},
};

/// Starts the export of the realm schema `S`.
///
/// Nothing happens before [`Export::run`].
pub fn export<S: Schema>() -> Export {
    Export { schema: S::REALM, name: type_name::<S>(), to: None }
}

/// An export, made by [`export`].
#[derive(Clone, Debug)]
#[must_use = "nothing is exported before `run`"]
pub struct Export {
    schema: RealmSchema,
    name: &'static str,
    to: Option<PathBuf>,
}

impl Export {
    /// Writes to this app directory. A relative path starts at the folder of the package.
    ///
    /// Without it, files go to `app-services` below `OUT_DIR`. The environment variable
    /// [`EXPORT_TO`] overrides it. Files go below `OUT_DIR` all the same on docs.rs, in a package
    /// that comes from a registry or is about to be published, and on a read-only file system.
    pub fn to(mut self, directory: impl Into<PathBuf>) -> Self {
        self.to = Some(directory.into());
        self
    }

    /// Brings the app directory up to date and tells cargo when to run the build script again.
    ///
    /// # Errors
    ///
    /// A class whose data source, database or collection cannot be a folder, or is the folder of
    /// another class; a file that cannot be read or written; a program that is no build script.
    /// Cargo shows the message either way.
    pub fn run(self) -> Result<()> {
        let environment = Environment::of_build_script()?;
        let mut cargo = Cargo::new(io::stdout().lock());
        let done = self.run_in(&environment, &mut cargo);
        if let Err(error) = &done {
            cargo.error(&format!("{error:?}")).map_err(Error::Output)?;
        }
        done
    }

    fn run_in<W: Write>(&self, environment: &Environment, cargo: &mut Cargo<W>) -> Result<()> {
        // Said first: they hold for an export that fails as well.
        for variable in [EXPORT_TO, DOCS_RS] {
            cargo.rerun_if_env_changed(variable).map_err(Error::Output)?;
        }
        let plan = Plan::new(&self.schema, &environment.package)?;
        let target = environment.target(self.to.as_deref());
        let mut report = match self.write(&plan, &target.directory) {
            Err(Error::Write { source, .. })
                if target.may_be_read_only && is_read_only(&source) =>
            {
                let directory = environment.default_target().directory;
                let message = format!(
                    "`{}` is read-only: its schemas are exported to `{}`",
                    target.directory.display(),
                    directory.display()
                );
                cargo.warning(&message).map_err(Error::Output)?;
                self.write(&plan, &directory)?
            }
            written => written?,
        };
        for file in &report.files {
            let path = report.directory.join(&file.path);
            // A file that exists under an older name is missing for cargo, which would run the
            // build script every time.
            if path.exists() {
                cargo.rerun_if_changed(&path).map_err(Error::Output)?;
            }
        }
        for message in unlisted_collections(&plan, &report)? {
            cargo.warning(&message).map_err(Error::Output)?;
        }
        for folder in removed_folders(environment, &report)? {
            let message = format!(
                "`{}` belongs to no class of `{}` any more: delete it if nothing else needs it",
                report.directory.join(&folder).display(),
                self.name
            );
            cargo.warning(&message).map_err(Error::Output)?;
            report.folders.push(folder);
        }
        report.write(&environment.out_dir)
    }

    fn write(&self, plan: &Plan, directory: &Path) -> Result<Report> {
        let mut report = Report::new(self.name, directory.to_owned());
        for file in &plan.files {
            let outcome = directory::apply(directory, file)?;
            report.files.push(ReportedFile { path: file.path.clone(), outcome });
        }
        report.folders = plan.folders.iter().cloned().collect();
        Ok(report)
    }
}

fn is_read_only(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}

/// Warnings about classes that a sync configuration of the user does not know to be asymmetric.
fn unlisted_collections(plan: &Plan, report: &Report) -> Result<Vec<String>> {
    let kept = report.files.iter().any(|f| f.path == SYNC_CONFIG && f.outcome == Outcome::Kept);
    if !kept {
        return Ok(Vec::new());
    }
    let path = report.directory.join(SYNC_CONFIG);
    let config: Value =
        serde_json::from_slice(&directory::read(&path)?.unwrap_or_default()).unwrap_or_default();
    let listed = config.get("asymmetric_tables").and_then(Value::as_array);
    let listed: BTreeSet<&str> = listed.into_iter().flatten().filter_map(Value::as_str).collect();
    Ok(plan
        .collections
        .iter()
        .filter(|collection| !listed.contains(collection.as_str()))
        .map(|collection| {
            format!("`{}` does not list `{collection}` in `asymmetric_tables`", path.display())
        })
        .collect())
}

/// Folders of classes that an earlier export to the same directory had, and this one has not.
fn removed_folders(environment: &Environment, report: &Report) -> Result<Vec<String>> {
    let last = match Report::last(&environment.out_dir, &report.schema) {
        // Written by another version: what it knew is lost, and no reason to fail.
        Err(Error::InvalidReport { .. }) => None,
        last => last?,
    };
    let Some(last) = last.filter(|last| last.directory == report.directory) else {
        return Ok(Vec::new());
    };
    let mut removed = last.folders;
    removed.retain(|folder| {
        !report.folders.contains(folder) && report.directory.join(folder).is_dir()
    });
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use asymmetric_schema::{ObjectSchema, PropertySchema, PropertyType};
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
            let classes: Vec<_> = titles.iter().map(|title| ObjectSchema::new(title, ID)).collect();
            let mut schema = RealmSchema::new(&[]);
            schema.classes = classes.into();
            let export = Export { schema, name: "models::Telemetry", to: Some(to.into()) };
            let environment = Environment {
                package: "weather".to_owned(),
                package_dir: self.folder.path().to_owned(),
                out_dir: self.path("out"),
                export_to: None,
                docs_rs: false,
                packed: false,
            };
            let mut out = Vec::new();
            export.run_in(&environment, &mut Cargo::new(&mut out))?;
            Ok(String::from_utf8(out).unwrap().lines().map(str::to_owned).collect())
        }

        fn outcomes(&self) -> Vec<Outcome> {
            let reports = Report::read_all(&self.path("out")).unwrap();
            reports.into_iter().flat_map(|r| r.files).map(|file| file.outcome).collect()
        }
    }

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
        assert!(
            said.contains(&format!("cargo::rerun-if-changed={}", schema.display())),
            "{said:?}"
        );
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

    #[test]
    fn only_a_refusal_to_write_at_all_is_tolerated() {
        assert!(is_read_only(&io::ErrorKind::PermissionDenied.into()));
        assert!(is_read_only(&io::ErrorKind::ReadOnlyFilesystem.into()));
        assert!(!is_read_only(&io::ErrorKind::StorageFull.into()));
    }
}
