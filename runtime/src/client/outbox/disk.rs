//! The file below redb: how long it is, and disk space taken in advance.

use std::{
    io,
    ops::Bound,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use redb::{BackendError, StorageBackend};

/// Zeros written at a time: one page. Where the kernel keeps what was written at once together, it
/// also writes it back together, for ever after: 64 KiB for a change of one page.
static BLOCK: [u8; 4096] = [0; 4096];

/// Storage whose length is known to others.
///
/// With preallocation it fills what it grows by with zeros: the file system has assigned the
/// blocks, and their writes find them there, before a commit needs them.
#[derive(Debug)]
pub(super) struct Disk<B> {
    inner: B,
    length: Arc<AtomicU64>,
    fills: bool,
}

impl<B: StorageBackend> Disk<B> {
    /// Storage that preallocates if `fills`.
    pub(super) fn new(inner: B, fills: bool) -> io::Result<Self> {
        let length = Arc::new(AtomicU64::new(inner.len()?));
        Ok(Self { inner, length, fills })
    }

    /// The length of the storage at any time.
    pub(super) fn length(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.length)
    }
}

impl<B: StorageBackend> StorageBackend for Disk<B> {
    fn len(&self) -> io::Result<u64> {
        self.inner.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.inner.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut filled = self.inner.len()?;
        self.inner.set_len(len)?;
        while self.fills && filled < len {
            let left = usize::try_from(len - filled).unwrap_or(usize::MAX);
            let block = BLOCK.get(..left).unwrap_or(&BLOCK);
            self.inner.write(filled, block)?;
            filled += block.len() as u64;
        }
        self.length.store(len, Ordering::Relaxed);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.inner.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.inner.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.inner.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.inner.try_lock_range(start, end)
    }

    fn try_lock_shared_range(
        &self,
        start: Bound<u64>,
        end: Bound<u64>,
    ) -> Result<bool, BackendError> {
        self.inner.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.inner.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.inner.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.inner.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.inner.query_lock_range(start, end)
    }
}
