//! Holding the models against the schema lock.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use asymmetric_schema::{ClassDocument, Lock, LockError, Review};

use crate::{Error, Result, cargo::Cargo, directory, environment::Mode};

/// A lock that the models were held against, and did not fail.
#[derive(Debug)]
pub(crate) struct Locked {
    path: PathBuf,
    /// What is to be written; `None` if the lock knows the models already.
    text: Option<String>,
}

impl Locked {
    /// Reads the lock, and judges the models by it. What is refused is told to cargo one by one.
    pub(crate) fn judge<W: Write>(
        path: &Path,
        realm: &str,
        classes: &[ClassDocument],
        mode: Mode,
        cargo: &mut Cargo<W>,
    ) -> Result<Self> {
        let (before, is_conflict) = match (read_lock(path), mode) {
            (Err(Error::InvalidLock { source: LockError::Conflict, .. }), Mode::Write) => {
                (Some(merge_lock(path)?), true)
            }
            (lock, _) => (lock?, false),
        };
        let is_new = before.is_none() || is_conflict;
        let mut lock = before.unwrap_or_default();
        let accepted = lock.accept(realm, classes);
        let unlocked = is_new || accepted.as_ref().is_ok_and(|review| !review.is_locked);
        match (mode, accepted) {
            (Mode::Report, _) => Ok(Self { path: path.to_owned(), text: None }),
            (_, Err(review)) => Err(refused(path, &review, cargo)?),
            (Mode::Check { .. }, Ok(_)) if unlocked => Err(Error::LockOutdated {
                path: path.to_owned(),
                command: "asymmetric schema lock".to_owned(),
            }),
            (_, Ok(_)) => {
                let text = unlocked.then(|| lock.to_string());
                Ok(Self { path: path.to_owned(), text })
            }
        }
    }

    /// Extends the file, where the models are new to it. Sources that are read-only stay as they are.
    pub(crate) fn write<W: Write>(&self, cargo: &mut Cargo<W>) -> Result<()> {
        let Some(text) = &self.text else { return Ok(()) };
        match directory::replace(&self.path, text) {
            Ok(()) => Ok(()),
            Err(source) if is_read_only(&source) => {
                let message = format!(
                    "`{}` is read-only and does not know the models as they are",
                    self.path.display()
                );
                cargo.warning(&message).map_err(Error::Output)
            }
            Err(source) => Err(Error::Write { path: self.path.clone(), source }),
        }
    }
}

/// The schema lock in this file; `None` if there is no file.
///
/// # Errors
///
/// The file cannot be read or is no schema lock.
pub fn read_lock(path: &Path) -> Result<Option<Lock>> {
    let Some(content) = directory::read(path)? else { return Ok(None) };
    let lock = String::from_utf8_lossy(&content).parse();
    lock.map(Some).map_err(|source| Error::InvalidLock { path: path.to_owned(), source })
}

/// The schema lock in a file in which a merge may have stopped, with what either side accepted; an
/// empty one if there is no file.
///
/// # Errors
///
/// The file cannot be read or is no schema lock.
pub fn merge_lock(path: &Path) -> Result<Lock> {
    let content = directory::read(path)?.unwrap_or_default();
    if content.is_empty() {
        return Ok(Lock::default());
    }
    Lock::merged(&String::from_utf8_lossy(&content))
        .map_err(|source| Error::InvalidLock { path: path.to_owned(), source })
}

/// Writes a schema lock so that others see the old one or the new, and never a part.
///
/// # Errors
///
/// The file cannot be written.
pub fn write_lock(path: &Path, lock: &Lock) -> Result<()> {
    directory::replace(path, lock.to_string())
        .map_err(|source| Error::Write { path: path.to_owned(), source })
}

fn refused<W: Write>(path: &Path, review: &Review, cargo: &mut Cargo<W>) -> Result<Error> {
    for finding in &review.refused {
        cargo.error(&format!("{}: {finding}", finding.rule.verdict)).map_err(Error::Output)?;
    }
    let example = review.refused.first();
    Ok(Error::Refused {
        path: path.to_owned(),
        count: review.refused.len(),
        example: example.map(|f| format!("{}@{}", f.rule.id, f.at)).unwrap_or_default(),
    })
}

pub(crate) fn is_read_only(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use asymmetric_schema::{ObjectSchema, PropertySchema, PropertyType};
    use std::fs;

    const ID: &[PropertySchema] = &[PropertySchema::new("_id", PropertyType::ObjectId)];
    const MORE: &[PropertySchema] = &[
        PropertySchema::new("_id", PropertyType::ObjectId),
        PropertySchema::new("celsius", PropertyType::Double).optional(),
    ];

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn lock(&self) -> PathBuf {
            self.0.path().join("schema.lock")
        }

        /// Builds with a class of these properties: what cargo is told, and the result.
        fn build(&self, properties: &'static [PropertySchema], mode: Mode) -> (String, Result<()>) {
            let classes = [ClassDocument::from(&ObjectSchema::new("Reading", properties))];
            let mut out = Vec::new();
            let mut cargo = Cargo::new(&mut out);
            let done = Locked::judge(&self.lock(), "Telemetry", &classes, mode, &mut cargo)
                .and_then(|locked| locked.write(&mut cargo));
            (String::from_utf8(out).unwrap(), done)
        }
    }

    const CHECK: Mode = Mode::Check { may_create: true };

    #[test]
    fn builds_extend_the_lock_and_write_only_what_is_new() {
        let folder = Folder::new();
        folder.build(ID, Mode::Write).1.unwrap();
        folder.build(MORE, Mode::Write).1.unwrap();
        let lock = read_lock(&folder.lock()).unwrap().unwrap();
        assert_eq!(lock.versions().count(), 2);
        // Whatever stands in a file that is not written stays.
        let text = fs::read_to_string(folder.lock()).unwrap() + "# A remark.\n";
        fs::write(folder.lock(), &text).unwrap();
        folder.build(MORE, Mode::Write).1.unwrap();
        assert_eq!(fs::read_to_string(folder.lock()).unwrap(), text);
    }

    #[test]
    fn what_is_refused_is_told_with_the_rule_and_what_mends_it() {
        let folder = Folder::new();
        folder.build(MORE, Mode::Write).1.unwrap();
        for mode in [Mode::Write, CHECK] {
            let (said, done) = folder.build(ID, mode);
            let told = "cargo::error=breaking: property_removed at Reading.celsius: the property";
            assert!(said.starts_with(told), "{said}");
            let error = done.unwrap_err().to_string();
            let mend = "asymmetric schema breaking --allow property_removed@Reading.celsius";
            assert!(error.contains(mend), "{error}");
        }
    }

    #[test]
    fn check_refuses_a_lock_that_lacks_the_models_and_writes_nothing() {
        let folder = Folder::new();
        let error = folder.build(ID, CHECK).1.unwrap_err();
        assert!(error.to_string().contains("run `asymmetric schema lock`"), "{error}");
        assert!(!folder.lock().exists());
        folder.build(ID, Mode::Write).1.unwrap();
        folder.build(ID, CHECK).1.unwrap();
        folder.build(MORE, CHECK).1.unwrap_err();
        assert_eq!(read_lock(&folder.lock()).unwrap().unwrap().versions().count(), 1);
    }

    #[test]
    fn report_neither_writes_nor_refuses() {
        let folder = Folder::new();
        folder.build(MORE, Mode::Write).1.unwrap();
        let (said, done) = folder.build(ID, Mode::Report);
        done.unwrap();
        assert_eq!(said, "");
    }

    #[test]
    fn file_that_is_no_lock_is_told() {
        let folder = Folder::new();
        fs::write(folder.lock(), "format = 7").unwrap();
        let error = folder.build(ID, Mode::Write).1.unwrap_err();
        assert!(format!("{error:?}").contains("format 7"), "{error:?}");
    }

    #[test]
    fn merge_that_stopped_is_finished_by_a_build_and_refused_in_ci() {
        let folder = Folder::new();
        folder.build(ID, Mode::Write).1.unwrap();
        let text = fs::read_to_string(folder.lock()).unwrap();
        let conflict = format!("<<<<<<< HEAD\n{text}=======\n{text}>>>>>>> other\n");
        fs::write(folder.lock(), conflict).unwrap();
        let error = folder.build(ID, CHECK).1.unwrap_err();
        assert!(format!("{error:?}").contains("a merge stopped here"), "{error:?}");
        folder.build(ID, Mode::Write).1.unwrap();
        assert_eq!(fs::read_to_string(folder.lock()).unwrap(), text);
    }
}
