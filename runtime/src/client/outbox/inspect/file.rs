//! Opening a file to look into it.

use std::{
    fs::{File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use redb::{Database, ReadTransaction, ReadableDatabase as _, StorageBackend};

use super::{
    super::{
        OpenError, Options,
        file::{CACHE_BYTES, Opening},
        meta,
    },
    overlay::{Access, Overlay},
};

/// The file of a realm that is closed, opened to look into it. Nothing is changed.
#[derive(Debug)]
pub struct OutboxFile {
    pub(super) path: PathBuf,
    pub(super) database: Database,
    pub(super) file_bytes: u64,
}

impl OutboxFile {
    /// Opens the file at `path`, and verifies the checksum of every page in use: reads all of it.
    ///
    /// # Errors
    ///
    /// [`OpenError::AlreadyOpen`] while a realm has the file open, in whatever process.
    /// [`OpenError::Corrupt`] if it is damaged so much that its tables cannot be read, or is
    /// something else; [`salvage`](super::salvage) may still find objects.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref();
        Self::of(path, readable(path).map_err(|source| opening(path).io(source))?)
    }

    pub(super) fn of(path: &Path, overlay: Overlay) -> Result<Self, OpenError> {
        let opening = opening(path);
        let file_bytes = overlay.len().map_err(|source| opening.io(source))?;
        if file_bytes == 0 {
            return Err(opening.corrupt("the file is empty"));
        }
        let mut builder = Database::builder();
        builder.set_cache_size(CACHE_BYTES).set_check_integrity_on_open(true);
        let database = builder.create_with_backend(overlay);
        let database = database.map_err(|error| opening.database(error))?;
        let file = Self { path: path.to_owned(), database, file_bytes };
        file.check_format()?;
        Ok(file)
    }

    pub(super) fn opening(&self) -> Opening<'_> {
        opening(&self.path)
    }

    pub(super) fn read(&self) -> Result<ReadTransaction, OpenError> {
        self.database.begin_read().map_err(|error| self.opening().storage(error))
    }

    fn check_format(&self) -> Result<(), OpenError> {
        let opening = self.opening();
        let table = self.read()?.open_table(meta::META).map_err(|e| opening.storage(e))?;
        let found = meta::format(&table).map_err(|e| opening.storage(e))?.unwrap_or(0);
        if found == meta::FORMAT_VERSION {
            return Ok(());
        }
        let path = self.path.clone();
        Err(OpenError::UnknownFormat { path, found, known: meta::FORMAT_VERSION })
    }
}

/// How failures are told.
pub(super) fn opening(path: &Path) -> Opening<'_> {
    Opening { path, options: Options::default() }
}

/// A file that is there, to change it, and to lock it so that nobody else does.
pub(super) fn writable(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).open(path)
}

/// A file that is there, to read it. To lock it for oneself takes the permission to write; without
/// that, or on a file system that can only be read, it is locked together with other readers, which
/// keeps realms from opening it as well.
fn readable(path: &Path) -> io::Result<Overlay> {
    use io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
    match writable(path) {
        Err(error) if matches!(error.kind(), PermissionDenied | ReadOnlyFilesystem) => {
            Overlay::new(File::open(path)?, Access::Shared)
        }
        opened => Overlay::new(opened?, Access::Exclusive),
    }
}
