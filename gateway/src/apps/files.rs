//! The files of an app directory, as they are on the disk.

use std::{
    collections::BTreeMap,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use asymmetric_schema::FOREIGN_FOLDERS;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// Largest file, so that one fits into a document of the store.
const MAX_FILE_BYTES: u64 = 12 * 1024 * 1024;
/// All files of an app together.
const MAX_TOTAL_BYTES: u64 = 128 * 1024 * 1024;
/// Files of an app.
const MAX_FILES: usize = 10_000;
/// Folders in folders.
const MAX_DEPTH: usize = 24;

/// Files by their path below the app directory, with `/` between folders.
///
/// What the gateway does not understand is here too, byte for byte.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct AppFiles(BTreeMap<Box<str>, Bytes>);

/// A directory that cannot be read as the files of an app.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The operating system refused to read it.
    #[error("cannot read `{path}`")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A path that is no text, is absolute, or leaves the directory.
    #[error("`{0}` is no path of a file in an app; rename it")]
    Path(String),
    /// A file over the limit.
    #[error("`{0}` is larger than 12 MiB; move it out of the app directory")]
    FileTooLarge(String),
    /// More files, bytes or nested folders than an app may have.
    #[error("the app has more than {0}; is this the right directory?")]
    TooMuch(&'static str),
}

impl AppFiles {
    /// Reads a directory and all below it. Version control and `node_modules` are left out.
    ///
    /// Blocks.
    pub fn read(directory: &Path) -> Result<Self, ReadError> {
        let mut files = Self::default();
        files.read_folder(directory, directory, 0)?;
        files.check_size()?;
        Ok(files)
    }

    fn read_folder(&mut self, root: &Path, folder: &Path, depth: usize) -> Result<(), ReadError> {
        if depth > MAX_DEPTH {
            return Err(ReadError::TooMuch("24 folders in each other"));
        }
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| ReadError::Io { path, source }
        };
        for entry in fs::read_dir(folder).map_err(failed(folder))? {
            let path = entry.map_err(failed(folder))?.path();
            // Follows links: mounted configurations are made of them.
            let metadata = fs::metadata(&path).map_err(failed(&path))?;
            if metadata.is_dir() {
                let name = path.file_name().unwrap_or_default();
                if !FOREIGN_FOLDERS.iter().any(|ignored| name == *ignored) {
                    self.read_folder(root, &path, depth + 1)?;
                }
                continue;
            }
            let relative = relative(root, &path)?;
            if metadata.len() > MAX_FILE_BYTES {
                return Err(ReadError::FileTooLarge(relative));
            }
            if self.0.len() >= MAX_FILES {
                return Err(ReadError::TooMuch("10,000 files"));
            }
            self.0.insert(relative.into(), fs::read(&path).map_err(failed(&path))?.into());
        }
        Ok(())
    }

    fn check_size(&self) -> Result<(), ReadError> {
        let bytes: u64 = self.0.values().map(|file| file.len() as u64).sum();
        if bytes > MAX_TOTAL_BYTES { Err(ReadError::TooMuch("128 MiB")) } else { Ok(()) }
    }

    /// Puts a file where the path says, in the place of the one that is there.
    pub fn insert(&mut self, path: &str, bytes: impl Into<Bytes>) -> Result<(), ReadError> {
        let bytes = bytes.into();
        if !is_path(path) {
            return Err(ReadError::Path(path.to_owned()));
        }
        if bytes.len() as u64 > MAX_FILE_BYTES {
            return Err(ReadError::FileTooLarge(path.to_owned()));
        }
        self.0.insert(path.into(), bytes);
        if self.0.len() > MAX_FILES {
            return Err(ReadError::TooMuch("10,000 files"));
        }
        self.check_size()
    }

    /// Takes a file away. Answers whether it was there.
    pub fn remove(&mut self, path: &str) -> bool {
        self.0.remove(path).is_some()
    }

    /// The bytes of a file.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Bytes> {
        self.0.get(path)
    }

    /// The object in a file of JSON; empty if there is none.
    pub(crate) fn object(&self, path: &str) -> Map<String, Value> {
        self.json(path).unwrap_or_default()
    }

    /// The list in a file of JSON; empty if there is none.
    pub(crate) fn list(&self, path: &str) -> Vec<Value> {
        self.json(path).unwrap_or_default()
    }

    /// What a file of JSON holds, if it is there and holds that.
    pub(crate) fn json<T: DeserializeOwned>(&self, path: &str) -> Option<T> {
        serde_json::from_slice(self.get(path)?).ok()
    }

    /// All files, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Bytes)> {
        self.0.iter().map(|(path, bytes)| (&**path, bytes))
    }

    /// The files below a folder: what follows the folder in their path, and their bytes.
    pub fn below<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a Bytes)> {
        self.0
            .range(Box::from(folder)..)
            .map_while(move |(path, bytes)| Some((path.strip_prefix(folder)?, bytes)))
    }

    /// Whether there is no file at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A digest of all paths and bytes.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        for (path, bytes) in &self.0 {
            digest.update((path.len() as u64).to_le_bytes());
            digest.update(path.as_bytes());
            digest.update((bytes.len() as u64).to_le_bytes());
            digest.update(bytes);
        }
        digest.finalize().into()
    }
}

fn relative(root: &Path, path: &Path) -> Result<String, ReadError> {
    let refused = || ReadError::Path(path.display().to_string());
    let relative = path.strip_prefix(root).map_err(|_| refused())?;
    let parts: Option<Vec<&str>> = relative.iter().map(|part| part.to_str()).collect();
    let relative = parts.ok_or_else(refused)?.join("/");
    if is_path(&relative) { Ok(relative) } else { Err(refused()) }
}

/// Whether a path stays below the directory it is joined to, on every platform.
fn is_path(path: &str) -> bool {
    path.len() <= 1024
        && !path.contains(['\\', '\0', ':'])
        && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

// Files hold more than a log should show.
impl fmt::Debug for AppFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_read_byte_for_byte_without_what_is_no_part_of_it() {
        let directory = tempfile::tempdir().unwrap();
        for (path, bytes) in [
            ("root_config.json", &b"{ }\r\n"[..]),
            ("functions/a b.js", &[0xff, 0]),
            (".mdb/meta.json", b"{}"),
            (".git/config", b"x"),
            ("functions/node_modules/left-pad/index.js", b"x"),
        ] {
            let path = directory.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        let files = AppFiles::read(directory.path()).unwrap();
        let paths: Vec<_> = files.iter().map(|(path, _)| path).collect();
        assert_eq!(paths, [".mdb/meta.json", "functions/a b.js", "root_config.json"]);
        assert_eq!(files.get("root_config.json").unwrap().as_ref(), b"{ }\r\n");
        assert_eq!(files.get("functions/a b.js").unwrap().as_ref(), [0xff, 0]);
    }

    #[test]
    fn paths_that_leave_the_directory_are_refused() {
        let mut files = AppFiles::default();
        for path in ["", "/etc/passwd", "../a", "a/../b", "a//b", "a\\b", "c:a", "a/./b", "a\0"] {
            let refused = files.insert(path, "");
            assert!(matches!(refused, Err(ReadError::Path(_))), "{path:?}");
        }
        assert!(files.is_empty());
    }

    #[test]
    fn what_is_below_a_folder_is_told_without_it() {
        let mut files = AppFiles::default();
        for path in ["values/a.json", "values/b.json", "values-not.json", "triggers/t.json"] {
            files.insert(path, "{}").unwrap();
        }
        let below: Vec<_> = files.below("values/").map(|(path, _)| path).collect();
        assert_eq!(below, ["a.json", "b.json"]);
    }

    #[test]
    fn the_digest_tells_where_a_path_ends() {
        let of = |path: &str, bytes: &'static str| {
            let mut files = AppFiles::default();
            files.insert(path, bytes).unwrap();
            files.digest()
        };
        assert_eq!(of("a", "b"), of("a", "b"));
        assert_ne!(of("ab", ""), of("a", "b"));
    }
}
