//! Giving unused space back to the disk.

use std::path::Path;

use redb::{Builder, Database, StorageBackend as _, backends::FileBackend};

use super::{
    super::{OpenError, file::CACHE_BYTES},
    OutboxFile,
    file::{opening, writable},
};

/// The length of a file before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Compacted {
    /// Bytes before.
    pub before: u64,
    /// Bytes after.
    pub after: u64,
}

/// Moves the content of the file at `path` together and cuts off what is unused.
///
/// Needs no space beside the file. Interrupted by a power loss, it loses nothing.
///
/// # Errors
///
/// Those of [`OutboxFile::open`]; a file that is damaged is not changed.
pub fn compact(path: impl AsRef<Path>) -> Result<Compacted, OpenError> {
    let path = path.as_ref();
    let opening = opening(path);
    // Nothing is moved that does not match its checksums.
    let before = OutboxFile::open(path)?.file_bytes;
    let file = writable(path).map_err(|source| opening.io(source))?;
    let backend = FileBackend::new(file).map_err(|error| opening.database(error))?;
    let mut builder = Builder::new();
    let database = builder.set_cache_size(CACHE_BYTES).create_with_backend(backend);
    let mut database: Database = database.map_err(|error| opening.database(error))?;
    database.compact().map_err(|error| opening.storage(error))?;
    drop(database);
    let file = writable(path).map_err(|source| opening.io(source))?;
    let backend = FileBackend::new(file).map_err(|error| opening.database(error))?;
    let after = backend.len().map_err(|source| opening.io(source))?;
    Ok(Compacted { before, after })
}
