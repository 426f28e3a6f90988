//! What models can be held against.

use std::{
    path::{Path, PathBuf},
    process::Command,
    str::FromStr,
};

use asymmetric_schema::{ClassDocument, Lock};
use asymmetric_schema_gen::{AppFiles, Report, read_lock};

use crate::failure::Failure;

/// What the models are compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Against {
    /// The newest versions in the schema lock.
    Lock,
    /// The schema lock, or the app directory, as it was in a revision.
    Git(String),
    /// An app directory.
    Directory(PathBuf),
    /// An app on a server.
    Url(String),
}

impl FromStr for Against {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "lock" => Self::Lock,
            url if url.starts_with("http://") || url.starts_with("https://") => {
                Self::Url(url.to_owned())
            }
            text => match text.strip_prefix("git:") {
                Some(revision) => Self::Git(revision.to_owned()),
                None => Self::Directory(text.into()),
            },
        })
    }
}

/// The newest versions in the lock of a package.
pub(crate) fn locked(report: &Report) -> Result<Vec<ClassDocument>, Failure> {
    let lock = lock(report)?;
    Ok(lock.newest(&report.realm).cloned().collect())
}

/// The lock of a package; empty if the file does not exist yet.
pub(crate) fn lock(report: &Report) -> Result<Lock, Failure> {
    Ok(read_lock(lock_path(report)?)?.unwrap_or_default())
}

/// Where the lock of a package lies.
pub(crate) fn lock_path(report: &Report) -> Result<&Path, Failure> {
    report.lock.as_deref().ok_or_else(|| {
        Failure::from(format!("the export of `{}` names no schema lock", report.schema))
            .hint("call `.locked_by(\"schema.lock\")` before `.run()` in build.rs")
    })
}

/// The classes as they were in a revision.
pub(crate) fn committed(report: &Report, revision: &str) -> Result<Vec<ClassDocument>, Failure> {
    if let Some(path) = &report.lock
        && let Some(text) = show(path, revision)?
    {
        let lock: Lock = String::from_utf8_lossy(&text)
            .parse()
            .map_err(|error| format!("`{}` in `{revision}`: {error}", path.display()))?;
        return Ok(lock.newest(&report.realm).cloned().collect());
    }
    let folder = &report.directory;
    let parent = folder.parent().unwrap_or(folder);
    let listed =
        git(parent, &["ls-tree", "-r", "--name-only", "-z", revision, "--", &name(folder)])?;
    let mut files = Vec::new();
    for path in listed.split(|byte| *byte == 0).filter(|path| !path.is_empty()) {
        let path = String::from_utf8_lossy(path).into_owned();
        let content = show(&parent.join(&path), revision)?.unwrap_or_default();
        let inside = Path::new(&path).strip_prefix(name(folder)).unwrap_or(Path::new(&path));
        files.push((inside.to_string_lossy().replace('\\', "/"), content));
    }
    if files.is_empty() {
        let message = format!("`{revision}` has neither a schema lock nor `{}`", folder.display());
        return Err(message.into());
    }
    Ok(AppFiles::from_iter(files).classes()?)
}

/// The content of a file in a revision; `None` if it is not in it.
fn show(path: &Path, revision: &str) -> Result<Option<Vec<u8>>, Failure> {
    let folder = path.parent().unwrap_or(path);
    let listed = git(folder, &["ls-tree", "--name-only", revision, "--", &name(path)])?;
    if listed.is_empty() {
        return Ok(None);
    }
    git(folder, &["show", &format!("{revision}:./{}", name(path))]).map(Some)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn git(folder: &Path, arguments: &[&str]) -> Result<Vec<u8>, Failure> {
    // Sources may be named that are not there yet.
    let existing = folder.ancestors().find(|folder| folder.is_dir()).unwrap_or(folder);
    let output = Command::new("git").current_dir(existing).args(arguments).output();
    let output = output.map_err(|error| format!("cannot start git: {error}"))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let message = String::from_utf8_lossy(&output.stderr);
    Err(format!("git: {}", message.trim()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_compare_with_is_told_by_its_form() {
        let against = |text: &str| text.parse::<Against>().unwrap();
        assert_eq!(against("lock"), Against::Lock);
        assert_eq!(against("git:HEAD~1"), Against::Git("HEAD~1".to_owned()));
        assert_eq!(against("https://example.com"), Against::Url("https://example.com".to_owned()));
        assert_eq!(against("./lock"), Against::Directory("./lock".into()));
    }
}
