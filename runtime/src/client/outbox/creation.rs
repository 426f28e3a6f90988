//! Files whose creation was cut short by a power loss.
//!
//! redb gives a new file its length, writes a header without the magic number, syncs, and writes
//! the magic number. A file without it was never open, so nothing is in it; but redb takes it for
//! something else than a database.

use std::{io, ops::Bound};

use redb::{BackendError, StorageBackend};

/// Length of redb's magic number.
const MAGIC_BYTES: usize = 9;
/// The header is in the first page, and is all that a new file holds.
const HEADER_BYTES: usize = 4096;
/// No new file is longer.
const MAX_BYTES: u64 = 8 * 1024 * 1024;

/// Empties a file whose creation was cut short, and leaves all others alone.
pub(super) fn undo_interrupted(backend: &impl StorageBackend) -> Result<(), BackendError> {
    if !is_interrupted(backend)? {
        return Ok(());
    }
    // Another process may be creating it at this moment. Whether it is, redb asks again.
    let everything = (Bound::Unbounded, Bound::Unbounded);
    match backend.try_lock_range(everything.0, everything.1) {
        Ok(false) => return Ok(()),
        Err(BackendError::Unsupported) => return empty(backend),
        Ok(true) => {}
        Err(error) => return Err(error),
    }
    let emptied = if is_interrupted(backend)? { empty(backend) } else { Ok(()) };
    backend.unlock_range(everything.0, everything.1).and(emptied)
}

fn empty(backend: &impl StorageBackend) -> Result<(), BackendError> {
    tracing::warn!("the file was being created when the power was lost; it starts anew");
    backend.set_len(0)?;
    backend.sync_data()?;
    Ok(())
}

/// Whether there is no magic number, and nothing behind the header.
fn is_interrupted(backend: &impl StorageBackend) -> io::Result<bool> {
    let length = backend.len()?;
    if length == 0 || length > MAX_BYTES {
        return Ok(false);
    }
    let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
    backend.read(0, &mut bytes)?;
    let magic = bytes.iter().take(MAGIC_BYTES);
    Ok(magic.chain(bytes.iter().skip(HEADER_BYTES)).all(|byte| *byte == 0))
}
