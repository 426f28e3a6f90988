//! The entry point of a build script.

use std::{
    any::type_name,
    collections::BTreeSet,
    io::{self, Write},
    path::{Path, PathBuf},
};

use asymmetric_schema::{ClassDocument, ObjectSchema, RealmSchema, Schema};
use serde_json::Value;

use crate::{
    Error, Outcome, Report, ReportedClass, ReportedFile, Result,
    cargo::Cargo,
    directory::{self, Treatment},
    environment::{CI, DOCS_RS, EXPORT_MODE, EXPORT_TO, Environment, Mode},
    locked::{Locked, is_read_only},
    plan::{Plan, PlannedFile, SYNC_CONFIG, file_per_class},
};

/// What the variables begin with that tell the compiler which classes were accepted; the name of
/// the realm schema follows.
const LOCKED: &str = "ASYMMETRIC_LOCKED_";

/// Starts the export of the realm schema `S`.
///
/// Nothing happens before [`Export::run`].
pub fn export<S: Schema>() -> Export {
    Export {
        schema: S::REALM,
        name: type_name::<S>(),
        to: None,
        lock: None,
        json_schema_to: None,
        validators_to: None,
        check_only: false,
    }
}

/// An export, made by [`export`].
#[derive(Clone, Debug)]
#[must_use = "nothing is exported before `run`"]
pub struct Export {
    schema: RealmSchema,
    name: &'static str,
    to: Option<PathBuf>,
    lock: Option<PathBuf>,
    json_schema_to: Option<PathBuf>,
    validators_to: Option<PathBuf>,
    check_only: bool,
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

    /// Holds the models against this schema lock. A relative path starts at the folder of the
    /// package.
    ///
    /// What is additive extends the file. What is breaking or destructive for any version that was
    /// ever accepted fails the build, unless the file allows it: see
    /// [the rules](asymmetric_schema::RULES). Where `CI` is set, a file that lacks the models as they
    /// are fails the build as well, so that nothing is shipped that was not locked.
    ///
    /// The compiler is told what was accepted, so that `asymmetric::assert_locked!` can hold the classes
    /// of the program itself against it.
    ///
    /// Several realm schemas of one package may share a file; several packages may not. On docs.rs
    /// and in packages that come from a registry the lock counts for nothing.
    pub fn locked_by(mut self, file: impl Into<PathBuf>) -> Self {
        self.lock = Some(file.into());
        self
    }

    /// Writes each class as JSON Schema 2020-12 to `<title>.json` in this folder as well.
    pub fn json_schema_to(mut self, directory: impl Into<PathBuf>) -> Self {
        self.json_schema_to = Some(directory.into());
        self
    }

    /// Writes the MongoDB validator of each class to `<title>.json` in this folder as well.
    pub fn validators_to(mut self, directory: impl Into<PathBuf>) -> Self {
        self.validators_to = Some(directory.into());
        self
    }

    /// Writes nothing: a file or a lock that is out of date fails the build. That is so in any case
    /// where `CI` is set, but for a folder that does not exist there, which is written: nobody
    /// committed it.
    pub fn check_only(mut self) -> Self {
        self.check_only = true;
        self
    }

    /// Brings the app directory up to date and tells cargo when to run the build script again.
    ///
    /// # Errors
    ///
    /// A class whose data source, database or collection cannot be a folder, or is the folder of
    /// another class; a file that cannot be read or written; a change that the schema lock refuses;
    /// a file that is out of date and may not be written; a program that is no build script. Cargo
    /// shows the message either way.
    pub fn run(self) -> Result<()> {
        let environment = Environment::of_build_script();
        let mut cargo = Cargo::new(io::stdout().lock());
        let done = environment.and_then(|environment| self.run_in(&environment, &mut cargo));
        if let Err(error) = &done {
            cargo.error(&format!("{error:?}")).map_err(Error::Output)?;
        }
        done
    }

    fn run_in<W: Write>(&self, environment: &Environment, cargo: &mut Cargo<W>) -> Result<()> {
        // Said first: they hold for an export that fails as well.
        for variable in [EXPORT_TO, EXPORT_MODE, CI, DOCS_RS] {
            cargo.rerun_if_env_changed(variable).map_err(Error::Output)?;
        }
        let plan = Plan::new(&self.schema, &environment.package)?;
        let mode = match environment.mode {
            Mode::Report => Mode::Report,
            _ if self.check_only => Mode::Check { may_create: false },
            mode => mode,
        };
        let mut report = Report::new(self.name, &environment.package, PathBuf::new());
        report.classes = self.schema.classes.iter().map(ReportedClass::new).collect();
        // Judged before anything is written: a change that is refused leaves no trace.
        let locked = self.judge(environment, mode, &mut report, cargo)?;
        self.bring_up_to_date(&plan, environment, mode, &mut report, cargo)?;
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
        if let Some(locked) = locked {
            locked.write(cargo)?;
        }
        if self.lock.is_some() {
            self.tell_what_is_locked(&report.realm, cargo)?;
        }
        report.write(&environment.out_dir)?;
        outdated(&report, mode, cargo)
    }

    /// Tells the compiler, for `asymmetric::assert_locked!`, which classes were accepted. Where the
    /// lock counts for nothing, they are the models as they are.
    fn tell_what_is_locked<W: Write>(&self, realm: &str, cargo: &mut Cargo<W>) -> Result<()> {
        // The constant of a type has one: it cannot hold what is read at run time.
        let Some(checksum) = self.schema.checksum() else { return Ok(()) };
        let variable = format!("{LOCKED}{realm}");
        cargo.rustc_env(&variable, &format!("{checksum:032x}")).map_err(Error::Output)
    }

    /// Holds the models against the lock, if there is one that counts.
    fn judge<W: Write>(
        &self,
        environment: &Environment,
        mode: Mode,
        report: &mut Report,
        cargo: &mut Cargo<W>,
    ) -> Result<Option<Locked>> {
        let Some(file) = self.lock.as_ref().filter(|_| environment.is_at_home()) else {
            return Ok(None);
        };
        let path = environment.package_dir.join(file);
        cargo.rerun_if_changed(&path).map_err(Error::Output)?;
        let classes: Vec<_> = report.classes.iter().map(|class| class.document.clone()).collect();
        let locked = Locked::judge(&path, &report.realm, &classes, mode, cargo)?;
        report.lock = Some(path);
        Ok(Some(locked))
    }

    /// Writes the files, or looks at them, and notes in the report what was done.
    fn bring_up_to_date<W: Write>(
        &self,
        plan: &Plan,
        environment: &Environment,
        mode: Mode,
        report: &mut Report,
        cargo: &mut Cargo<W>,
    ) -> Result<()> {
        let target = environment.target(self.to.as_deref());
        let treatment = if target.is_always_written && mode != Mode::Report {
            Treatment::Mend
        } else {
            treatment_of(mode, &target.directory)
        };
        report.folders = plan.folders.iter().cloned().collect();
        report.directory.clone_from(&target.directory);
        match apply_all(&target.directory, &plan.files, treatment) {
            Err(Error::Write { source, .. })
                if target.may_be_read_only && is_read_only(&source) =>
            {
                report.directory = environment.default_target().directory;
                let message = format!(
                    "`{}` is read-only: its schemas are exported to `{}`",
                    target.directory.display(),
                    report.directory.display()
                );
                cargo.warning(&message).map_err(Error::Output)?;
                report.files = apply_all(&report.directory, &plan.files, treatment)?;
            }
            files => report.files = files?,
        }
        if !environment.is_at_home() {
            return Ok(());
        }
        for (folder, files) in self.further_files()? {
            let folder = environment.package_dir.join(folder);
            let files = apply_all(&folder, &files, treatment_of(mode, &folder))?;
            let path = |file: &str| folder.join(file).to_string_lossy().into_owned();
            let files = files.into_iter();
            report.files.extend(files.map(|f| ReportedFile { path: path(&f.path), ..f }));
        }
        Ok(())
    }

    /// The files of the outputs beside the app directory, and the folder of each.
    fn further_files(&self) -> Result<Vec<(&PathBuf, Vec<PlannedFile>)>> {
        let json_schema = |class: &ObjectSchema| ReportedClass::new(class).json_schema;
        let validator = |class: &ObjectSchema| ClassDocument::from(class).to_validator();
        let mut further = Vec::new();
        if let Some(folder) = &self.json_schema_to {
            further.push((folder, file_per_class(&self.schema, json_schema)?));
        }
        if let Some(folder) = &self.validators_to {
            further.push((folder, file_per_class(&self.schema, validator)?));
        }
        Ok(further)
    }
}

/// What to do about files in a folder of the sources.
fn treatment_of(mode: Mode, folder: &Path) -> Treatment {
    match mode {
        Mode::Write => Treatment::Mend,
        Mode::Check { may_create: true } if !folder.exists() => Treatment::Mend,
        Mode::Check { .. } | Mode::Report => Treatment::Look,
    }
}

fn apply_all(
    directory: &Path,
    files: &[PlannedFile],
    treatment: Treatment,
) -> Result<Vec<ReportedFile>> {
    let mut reported = Vec::new();
    for file in files {
        if let Some(outcome) = directory::apply(directory, file, treatment)? {
            reported.push(ReportedFile { path: file.path.clone(), outcome });
        }
    }
    Ok(reported)
}

/// Fails if files differ that should have been committed as they are.
fn outdated<W: Write>(report: &Report, mode: Mode, cargo: &mut Cargo<W>) -> Result<()> {
    let differing = report.files.iter().filter(|file| file.outcome == Outcome::Differs);
    let differing: Vec<&ReportedFile> = differing.collect();
    if differing.is_empty() || mode == Mode::Report {
        return Ok(());
    }
    for file in &differing {
        let path = report.directory.join(&file.path);
        let message = format!("`{}` is not what the models say", path.display());
        cargo.error(&message).map_err(Error::Output)?;
    }
    Err(Error::Outdated {
        directory: report.directory.clone(),
        count: differing.len(),
        command: format!("asymmetric schema export --package {}", report.package),
    })
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
mod tests;
