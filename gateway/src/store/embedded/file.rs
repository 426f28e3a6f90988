//! The file of an embedded store: its tables, its version, opening it.
//!
//! | table | key | value |
//! |---|---|---|
//! | `meta` | name | number; `format` is the version of this layout |
//! | `namespaces` | `database.collection` | number of the namespace, how many documents it holds |
//! | `documents` | as in [`key`](super::key) | BSON |

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use redb::{
    Builder, Database, DatabaseError, ReadableDatabase, ReadableTable, TableDefinition, TableError,
    WriteTransaction,
};

use super::key::NamespaceId;
use crate::Namespace;

/// Version of the layout that this library reads and writes.
const FORMAT: u64 = 1;
const FORMAT_KEY: &str = "format";
const FILE_NAME: &str = "documents.redb";
const NEW_FILE_NAME: &str = "documents.redb.new";
const CACHE_BYTES: usize = 64 * 1024 * 1024;

const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
pub(super) const NAMESPACES: TableDefinition<'_, &str, (u32, u64)> =
    TableDefinition::new("namespaces");
pub(super) const DOCUMENTS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("documents");

/// Opens the store in `directory`, or makes one there. Answers the path of the file, too.
pub(super) fn open(directory: &Path) -> Result<(Database, PathBuf), OpenError> {
    let in_directory = |source| OpenError::Directory { path: directory.to_owned(), source };
    fs::create_dir_all(directory).map_err(in_directory)?;
    let path = path_in(directory);
    if !path.exists() {
        make(directory, &path)?;
    }
    Ok((open_file(&path)?, path))
}

/// Makes the file under another name first: one that a crash left half made is no database yet.
fn make(directory: &Path, path: &Path) -> Result<(), OpenError> {
    let in_directory = |source| OpenError::Directory { path: directory.to_owned(), source };
    let new = directory.join(NEW_FILE_NAME);
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(in_directory(error)),
        _ => {}
    }
    create_private(&new).map_err(in_directory)?;
    drop(open_file(&new)?);
    fs::rename(&new, path).map_err(in_directory)?;
    // Only a file has a flush of its own everywhere.
    #[cfg(unix)]
    fs::File::open(directory).and_then(|opened| opened.sync_all()).map_err(in_directory)?;
    Ok(())
}

/// Makes an empty file that nobody else may read: hashes of passwords and keys will be in it.
fn create_private(path: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

fn open_file(path: &Path) -> Result<Database, OpenError> {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE_BYTES);
    let database = builder.create(path).map_err(|source| match source {
        DatabaseError::DatabaseAlreadyOpen => OpenError::InUse { path: path.to_owned() },
        source => OpenError::database(path, source),
    })?;
    prepare(&database, path)?;
    Ok(database)
}

/// Where the store in a directory is.
pub(super) fn path_in(directory: &Path) -> PathBuf {
    directory.join(FILE_NAME)
}

#[cfg(test)]
pub(super) fn open_on(disk: impl redb::StorageBackend) -> Result<Database, OpenError> {
    let database = Builder::new().create_with_backend(disk);
    let database = database.map_err(|source| OpenError::database(Path::new(""), source))?;
    prepare(&database, Path::new(""))?;
    Ok(database)
}

/// Makes the tables of a new store, and refuses one of another format.
fn prepare(database: &Database, path: &Path) -> Result<(), OpenError> {
    let failed = |source| OpenError::Database { path: path.to_owned(), source: Box::new(source) };
    match format_of(database).map_err(failed)? {
        Some(FORMAT) => Ok(()),
        Some(found) => Err(OpenError::Format { path: path.to_owned(), found }),
        None => initialise(database).map_err(failed),
    }
}

fn format_of(database: &Database) -> Result<Option<u64>, redb::Error> {
    let read = database.begin_read()?;
    let meta = match read.open_table(META) {
        Ok(meta) => meta,
        Err(TableError::TableDoesNotExist(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    Ok(meta.get(FORMAT_KEY)?.map(|format| format.value()))
}

/// All tables exist from the first commit on, so readers need not ask.
fn initialise(database: &Database) -> Result<(), redb::Error> {
    let write = database.begin_write()?;
    write.open_table(META)?.insert(FORMAT_KEY, FORMAT)?;
    write.open_table(NAMESPACES)?;
    write.open_table(DOCUMENTS)?;
    write.commit()?;
    Ok(())
}

/// Number and count of a namespace, if anything was ever stored there.
pub(super) fn namespace(
    namespaces: &impl ReadableTable<&'static str, (u32, u64)>,
    namespace: &Namespace,
) -> Result<Option<(NamespaceId, u64)>, redb::Error> {
    let entry = namespaces.get(namespace.to_string().as_str())?;
    Ok(entry.map(|entry| {
        let (number, count) = entry.value();
        (NamespaceId(number), count)
    }))
}

/// A transaction that one flush makes durable.
///
/// Above `QUICK_REPAIR_BYTES` it also writes what opening after a crash needs, which costs a second
/// flush: a repair reads everything that is stored, about a second per gigabyte.
pub(super) fn begin_write(
    database: &Database,
    path: &Path,
) -> Result<WriteTransaction, redb::Error> {
    const QUICK_REPAIR_BYTES: u64 = 512 * 1024 * 1024;
    let mut write = database.begin_write()?;
    let large = fs::metadata(path).is_ok_and(|file| file.len() > QUICK_REPAIR_BYTES);
    write.set_quick_repair(large);
    Ok(write)
}

/// The embedded store cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The directory cannot be made or written to.
    #[error("cannot use the directory `{path}`", path = path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Another process, or another store of this one, has the file open.
    #[error("`{path}` is in use by another process", path = path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by a newer version of this library.
    #[error("`{path}` has format {found}; this version reads format {FORMAT}", path = path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u64,
    },
    /// The file is no database, is damaged, or cannot be read.
    #[error("cannot open `{path}`", path = path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: Box<redb::Error>,
    },
    /// The thread that writes cannot be started.
    #[error("cannot start a thread")]
    Thread(#[source] io::Error),
    /// The runtime was shut down while the store was being opened.
    #[error("the store was not opened: the runtime is shutting down")]
    ShuttingDown,
}

impl OpenError {
    fn database(path: &Path, source: impl Into<redb::Error>) -> Self {
        Self::Database { path: path.to_owned(), source: Box::new(source.into()) }
    }
}
