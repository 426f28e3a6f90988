//! How often one commit of ours syncs, and what it writes, counted below redb.

use std::{
    fs::OpenOptions,
    io,
    ops::Bound,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use anyhow::Result;
use redb::{BackendError, StorageBackend, backends::FileBackend};

use crate::{
    args::Args,
    documents::Batch,
    outbox::{Buffer, Outbox},
    table::{self, ratio},
};

const COMMITS: u64 = 100;

/// A file, and how often it was called.
#[derive(Clone, Debug)]
struct Counting {
    file: Arc<FileBackend>,
    calls: Arc<Calls>,
}

#[derive(Debug, Default)]
struct Calls {
    syncs: AtomicU64,
    writes: AtomicU64,
    bytes: AtomicU64,
}

pub(crate) fn run(args: &Args, directory: &Path) -> Result<()> {
    let mut rows = Vec::new();
    for &document in &args.documents {
        for &objects in &args.batches {
            let batch = Batch::new(objects, document)?;
            let [syncs, writes, bytes] = count(directory, &batch)?;
            let payload = batch.bytes().len() as f64;
            rows.push(vec![
                format!("{document} B x {objects}"),
                format!("{syncs:.2}"),
                format!("{writes:.1}"),
                format!("{bytes:.0}"),
                ratio(bytes / payload),
            ]);
        }
    }
    let head = ["documents", "syncs", "writes", "bytes", "bytes / payload"].map(str::to_owned);
    table::print("One commit of the outbox, with an acknowledgement", &head, &rows);
    Ok(())
}

/// Syncs, writes and written bytes of one commit.
fn count(directory: &Path, batch: &Batch) -> Result<[f64; 3]> {
    let directory = tempfile::tempdir_in(directory)?;
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).create_new(true);
    let file = FileBackend::new(file.open(directory.path().join("counted.realm"))?)?;
    let backend = Counting { file: Arc::new(file), calls: Arc::default() };
    let outbox = Outbox::open_backend(backend.clone())?;
    let mut buffer = Buffer::default();
    let mut written = std::collections::VecDeque::new();
    let mut before = [0; 3];
    for commit in 0..COMMITS + 3 * batch.backlog() as u64 {
        if commit == 3 * batch.backlog() as u64 {
            before = backend.calls.now();
        }
        if written.len() >= batch.backlog()
            && let Some(oldest) = written.pop_front()
        {
            outbox.acknowledge(oldest, batch);
        }
        written.push_back(outbox.write(&mut buffer, batch)?);
    }
    let now = backend.calls.now();
    Ok(std::array::from_fn(|at| {
        let [now, before] = [now, before].map(|calls| calls.get(at).copied().unwrap_or(0));
        (now - before) as f64 / COMMITS as f64
    }))
}

impl Calls {
    fn now(&self) -> [u64; 3] {
        [&self.syncs, &self.writes, &self.bytes].map(|calls| calls.load(Ordering::Relaxed))
    }
}

impl StorageBackend for Counting {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.calls.syncs.fetch_add(1, Ordering::Relaxed);
        self.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.calls.writes.fetch_add(1, Ordering::Relaxed);
        self.calls.bytes.fetch_add(data.len() as u64, Ordering::Relaxed);
        self.file.write(offset, data)
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.try_lock_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.unlock_range(start, end)
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }
}
