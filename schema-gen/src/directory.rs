//! Bringing a directory up to date with a plan.

use std::{
    env, fs,
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
    process,
    time::SystemTime,
};

use crate::{
    Error, Outcome, Result,
    plan::{Owner, PlannedFile},
};

/// What to do about files that are not as they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Treatment {
    /// Write them.
    Mend,
    /// Only tell.
    Look,
}

/// Brings one file below `directory` up to date, or finds out whether it is. `None` if there is
/// nothing to tell.
pub(crate) fn apply(
    directory: &Path,
    file: &PlannedFile,
    treatment: Treatment,
) -> Result<Option<Outcome>> {
    let path = directory.join(&file.path);
    match &file.owner {
        Owner::Export => {
            if read(&path)?.is_some_and(|content| content == file.content.as_bytes()) {
                return Ok(Some(Outcome::Unchanged));
            }
        }
        Owner::User { instead } => {
            let others = instead.iter().map(|other| path.with_file_name(other));
            if std::iter::once(path.clone()).chain(others).any(|path| path.exists()) {
                return Ok(Some(Outcome::Kept));
            }
            if treatment == Treatment::Look {
                return Ok(None);
            }
        }
        Owner::Nobody => return remove(path, treatment),
    }
    if treatment == Treatment::Look {
        return Ok(Some(Outcome::Differs));
    }
    match replace(&path, &file.content) {
        Ok(()) => Ok(Some(Outcome::Written)),
        Err(source) => Err(Error::Write { path, source }),
    }
}

fn remove(path: PathBuf, treatment: Treatment) -> Result<Option<Outcome>> {
    if !path.exists() {
        return Ok(None);
    }
    if treatment == Treatment::Look {
        return Ok(Some(Outcome::Differs));
    }
    match fs::remove_file(&path) {
        Ok(()) => Ok(Some(Outcome::Removed)),
        Err(source) => Err(Error::Write { path, source }),
    }
}

/// Content of a file; `None` if there is none.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::Read { path: path.to_owned(), source }),
    }
}

/// Writes a file so that others see the old content or the new, and never a part.
pub(crate) fn replace(path: &Path, content: impl AsRef<[u8]>) -> io::Result<()> {
    let temporary = temporary_name(path);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let written = write(&temporary, content.as_ref()).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // The first failure is the one to report; the file may not even exist.
        drop(fs::remove_file(&temporary));
    }
    written
}

fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(content)?;
    // Cargo runs a build script again if a file it depends on is younger than its last start. What
    // the script itself wrote would be, and the next build would compile the package for nothing.
    // So an exported file is as old as the program that determines its content. Where that
    // cannot be known or set, the price is that one build.
    if let Ok(modified) = own_age() {
        drop(file.set_modified(modified));
    }
    Ok(())
}

fn own_age() -> io::Result<SystemTime> {
    env::current_exe()?.metadata()?.modified()
}

/// A name beside `path` that no other process uses at the same time.
fn temporary_name(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.tmp", process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(owner: Owner, content: &str) -> PlannedFile {
        PlannedFile { path: "a/b.json".to_owned(), content: content.to_owned(), owner }
    }

    const USER: Owner = Owner::User { instead: &["older.json"] };

    /// Brings the file up to date.
    fn mend(directory: &Path, file: &PlannedFile) -> Result<Option<Outcome>> {
        apply(directory, file, Treatment::Mend)
    }

    #[test]
    fn own_file_is_written_once_and_again_when_it_differs() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b.json");
        assert_eq!(mend(folder.path(), &file(Owner::Export, "1")).unwrap(), Some(Outcome::Written));
        let before = fs::metadata(&path).unwrap().modified().unwrap();
        assert_eq!(
            mend(folder.path(), &file(Owner::Export, "1")).unwrap(),
            Some(Outcome::Unchanged)
        );
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before);

        fs::write(&path, "edited").unwrap();
        assert_eq!(mend(folder.path(), &file(Owner::Export, "1")).unwrap(), Some(Outcome::Written));
        assert_eq!(fs::read_to_string(&path).unwrap(), "1");
    }

    #[test]
    fn file_of_the_user_is_created_and_then_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(mend(folder.path(), &file(USER, "1")).unwrap(), Some(Outcome::Written));
        assert_eq!(mend(folder.path(), &file(USER, "2")).unwrap(), Some(Outcome::Kept));
        assert_eq!(fs::read_to_string(folder.path().join("a/b.json")).unwrap(), "1");
    }

    #[test]
    fn look_tells_what_is_wrong_and_mends_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let look = |file: &PlannedFile| apply(folder.path(), file, Treatment::Look).unwrap();
        assert_eq!(look(&file(Owner::Export, "1")), Some(Outcome::Differs));
        assert_eq!(look(&file(USER, "1")), None);
        assert!(!folder.path().join("a").exists());
        mend(folder.path(), &file(Owner::Export, "1")).unwrap();
        assert_eq!(look(&file(Owner::Export, "1")), Some(Outcome::Unchanged));
        assert_eq!(look(&file(Owner::Nobody, "")), Some(Outcome::Differs));
        assert!(folder.path().join("a/b.json").exists());
    }

    #[test]
    fn file_that_should_not_be_there_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        mend(folder.path(), &file(Owner::Export, "1")).unwrap();
        let nobody = file(Owner::Nobody, "");
        assert_eq!(mend(folder.path(), &nobody).unwrap(), Some(Outcome::Removed));
        assert!(!folder.path().join("a/b.json").exists());
        assert_eq!(mend(folder.path(), &nobody).unwrap(), None);
    }

    #[test]
    fn older_name_of_a_file_counts_as_the_file() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("a")).unwrap();
        fs::write(folder.path().join("a/older.json"), "mine").unwrap();
        assert_eq!(mend(folder.path(), &file(USER, "1")).unwrap(), Some(Outcome::Kept));
        assert!(!folder.path().join("a/b.json").exists());
    }

    #[test]
    fn written_files_are_no_younger_than_the_program() {
        let folder = tempfile::tempdir().unwrap();
        mend(folder.path(), &file(Owner::Export, "1")).unwrap();
        let modified = fs::metadata(folder.path().join("a/b.json")).unwrap().modified().unwrap();
        assert!(modified <= own_age().unwrap());
    }

    #[test]
    fn nothing_else_is_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        mend(folder.path(), &file(Owner::Export, "1")).unwrap();
        // A folder in the place of the file makes the last step fail.
        fs::create_dir(folder.path().join("a/c.json")).unwrap();
        replace(&folder.path().join("a/c.json"), "1").unwrap_err();
        let mut names: Vec<_> = fs::read_dir(folder.path().join("a"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        assert_eq!(names, ["b.json", "c.json"]);
    }
}
