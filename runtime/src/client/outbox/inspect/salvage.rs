//! Saving what is left of a damaged file.

use std::{
    fs::{self, File},
    io,
    ops::Bound,
    path::{Path, PathBuf},
};

use asymmetric_protocol::{
    ClientFileId, SequenceNumber,
    chunk::{Chunk, Cutter, Objects},
};
use redb::{
    Builder, StorageBackend as _, TableHandle as _, WriteTransaction, backends::FileBackend,
};

use super::{
    super::{
        OpenError,
        file::{CACHE_BYTES, Opening},
        meta::{self, CHUNKS, CLASSES, DAMAGED, META, Place, REJECTED},
        sealed::seal,
    },
    OutboxFile,
    file::{opening, writable},
    scan::{Found, scan},
};
use crate::model::ObjectId;

/// What became of a damaged file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Salvaged {
    /// Where the damaged file is now, unchanged. `None` if the file turned out to be whole: then
    /// nothing was done.
    pub moved_to: Option<PathBuf>,
    /// Objects that the new file holds.
    pub objects: u64,
    /// Rejected objects that the new file holds.
    pub rejected: u64,
    /// Objects that were found but are of classes that the file no longer tells.
    pub of_unknown_classes: u64,
    /// Gaps between the objects that were found, by sequence numbers of the damaged file: what was
    /// lost, or had been acknowledged.
    pub gaps: Vec<std::ops::Range<SequenceNumber>>,
    /// Whether the session was found; without it the user has to log in again.
    pub has_session: bool,
}

/// Saves what is left of the damaged file at `path`: whatever matches its checksum goes into a new
/// file, which takes its place. The damaged one is kept beside it, named `*.corrupt`.
///
/// The whole file is searched, so objects may be found that the server has acknowledged before. It
/// recognises them by their `_id`; but time-series collections then hold them twice.
///
/// A file that is whole is left alone. `app` is used where the damaged file no longer tells the
/// client app id.
///
/// The new file is a new outbox to the server; its objects keep their order, and get new sequence
/// numbers.
///
/// # Errors
///
/// [`OpenError::AlreadyOpen`] while a realm has the file open, [`OpenError::UnknownFormat`] if a
/// newer version of this library wrote it, [`OpenError::Corrupt`] if nothing was found that
/// belongs to an outbox. The file is unchanged then.
pub fn salvage(path: impl AsRef<Path>, app: Option<&str>) -> Result<Salvaged, OpenError> {
    let path = path.as_ref();
    let opening = opening(path);
    let io = |source| opening.io(source);
    match OutboxFile::open(path).and_then(|file| file.check()) {
        Ok(check) if check.faults.is_empty() => return Ok(Salvaged::nothing_done()),
        Ok(_) | Err(OpenError::Corrupt { .. }) => {}
        Err(error) => return Err(error),
    }
    let file = writable(path).map_err(io)?;
    let _lock = Lock::take(&opening, file.try_clone().map_err(io)?)?;
    let found = scan(&file).map_err(io)?;
    let app = found.meta.get(meta::APP).and_then(|app| std::str::from_utf8(app).ok()).or(app);
    let app = app.ok_or_else(|| opening.corrupt("nothing in it belongs to an outbox of an app"))?;

    let new = beside(path, "salvaged").map_err(io)?;
    let salvaged = write(&opening, &file, &new, app, &found);
    let mut salvaged = salvaged.inspect_err(|_| {
        // Half a file is of no use to anybody, and one more error would hide the first.
        drop(fs::remove_file(&new));
    })?;
    let moved_to = beside(path, "corrupt").map_err(io)?;
    // Linked first: there is no moment at which the file is gone and an empty one would be made.
    fs::hard_link(path, &moved_to).or_else(|_| fs::rename(path, &moved_to)).map_err(io)?;
    fs::rename(&new, path).map_err(io)?;
    sync_directory(path).map_err(io)?;
    salvaged.moved_to = Some(moved_to);
    Ok(salvaged)
}

impl Salvaged {
    const fn nothing_done() -> Self {
        Self {
            moved_to: None,
            objects: 0,
            rejected: 0,
            of_unknown_classes: 0,
            gaps: Vec::new(),
            has_session: true,
        }
    }
}

/// Writes what was found into a new file, durably.
fn write(
    opening: &Opening<'_>,
    damaged: &File,
    new: &Path,
    app: &str,
    found: &Found,
) -> Result<Salvaged, OpenError> {
    let mut options = File::options();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(new).map_err(|source| opening.io(source))?;
    let backend = FileBackend::new(file).map_err(|error| opening.database(error))?;
    let database = Builder::new().set_cache_size(CACHE_BYTES).create_with_backend(backend);
    let database = database.map_err(|error| opening.database(error))?;
    let transaction = database.begin_write().map_err(|error| opening.storage(error))?;
    let salvaged =
        fill(&transaction, damaged, app, found).map_err(|error| opening.storage(error))?;
    transaction.commit().map_err(|error| opening.storage(error))?;
    Ok(salvaged)
}

fn fill(
    transaction: &WriteTransaction,
    damaged: &File,
    app: &str,
    found: &Found,
) -> Result<Salvaged, redb::Error> {
    let mut salvaged = Salvaged {
        rejected: found.rejected.len() as u64,
        has_session: found.meta.contains_key(meta::SESSION),
        ..Salvaged::nothing_done()
    };
    meta::create(transaction, app, ClientFileId::from_bytes(ObjectId::new().bytes()))?;
    let mut next = end_of(found);
    {
        let mut table = transaction.open_table(META)?;
        meta::write(&mut table, meta::END, &next.to_bytes())?;
        for name in [meta::SESSION, meta::DROPPED] {
            if let Some(value) = found.meta.get(name) {
                meta::write(&mut table, name, value)?;
            }
        }
        let mut table = transaction.open_table(CLASSES)?;
        for (class, entry) in &found.classes {
            let mut row = Vec::new();
            entry.encode(&mut row);
            let row = seal(CLASSES.name(), &class.get().to_le_bytes(), &row);
            table.insert(class.get(), row.as_slice())?;
        }
        let mut table = transaction.open_table(DAMAGED)?;
        for (first, row) in &found.damaged {
            table.insert(first.get(), row.as_slice())?;
        }
        let mut table = transaction.open_table(REJECTED)?;
        for (sequence, object) in &found.rejected {
            let row = object.encode().map_err(io::Error::other).map_err(redb::StorageError::Io)?;
            table.insert(sequence.get(), row.as_slice())?;
        }
    }
    let mut table = transaction.open_table(CHUNKS)?;
    let mut bytes = Vec::new();
    let mut claimed: Option<SequenceNumber> = None;
    for at in found.chunks.values() {
        at.read(damaged, &mut bytes).map_err(redb::StorageError::Io)?;
        let Ok(chunk) = Chunk::parse(&bytes) else { continue };
        if claimed.is_some_and(|claimed| chunk.first() > claimed) {
            salvaged.gaps.extend(claimed.map(|claimed| claimed..chunk.first()));
        }
        claimed = Some(claimed.map_or(chunk.end(), |claimed| claimed.max(chunk.end())));
        let mut documents = Vec::new();
        let mut objects = Objects::new();
        let Ok(documents) = chunk.documents(&mut documents) else { continue };
        for (class, document) in documents {
            if !found.classes.contains_key(&class) {
                salvaged.of_unknown_classes += 1;
                continue;
            }
            let pushed = objects.push_with(class, |out| {
                out.extend_from_slice(document);
                Ok::<_, std::convert::Infallible>(())
            });
            debug_assert!(pushed.is_ok());
        }
        let Place { sequence, position } = next;
        salvaged.objects += u64::from(objects.len());
        next.sequence = sequence.after(u64::from(objects.len()));
        next.position = position.saturating_add(objects.bytes() as u64);
        let mut cutter = Cutter::new(chunk.codec());
        cutter.cut(&mut objects, chunk.created_ms(), sequence, position, |first, bytes| {
            table.insert(first.get(), bytes).map(drop)
        })?;
    }
    Ok(salvaged)
}

/// A place behind everything that the damaged file is known to have held: numbers of rejected
/// objects are not given out again.
fn end_of(found: &Found) -> Place {
    let end = found.meta.get(meta::END).and_then(|bytes| Place::from_bytes(bytes));
    let mut end = end.unwrap_or(Place::START);
    for chunk in found.chunks.values() {
        end.sequence = end.sequence.max(chunk.end);
        end.position = end.position.max(chunk.end_position);
    }
    for sequence in found.rejected.keys() {
        end.sequence = end.sequence.max(sequence.after(1));
    }
    end
}

/// A name that is not taken: `telemetry.realm.corrupt`, `telemetry.realm.corrupt-2`, and so on.
fn beside(path: &Path, what: &str) -> io::Result<PathBuf> {
    for number in 1..1_000_u32 {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{what}"));
        if number > 1 {
            name.push(format!("-{number}"));
        }
        let path = PathBuf::from(name);
        if !path.try_exists()? {
            return Ok(path);
        }
    }
    Err(io::Error::other(format!("there are too many files named `*.{what}-N` beside it")))
}

fn sync_directory(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    // A directory can be opened only on Unix; elsewhere the rename itself has to do.
    if cfg!(unix) { File::open(parent.unwrap_or(Path::new(".")))?.sync_all() } else { Ok(()) }
}

/// Keeps realms from opening the file.
struct Lock(FileBackend);

impl Lock {
    fn take(opening: &Opening<'_>, file: File) -> Result<Self, OpenError> {
        let backend = FileBackend::new(file).map_err(|error| opening.database(error))?;
        match backend.try_lock_range(Bound::Unbounded, Bound::Unbounded) {
            Ok(true) => Ok(Self(backend)),
            Ok(false) => Err(OpenError::AlreadyOpen { path: opening.path.to_owned() }),
            Err(error) => Err(opening.io(error.into())),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Err(error) = self.0.close() {
            tracing::warn!(%error, "a lock was not released");
        }
    }
}
