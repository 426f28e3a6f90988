//! A disk in memory.

use super::*;

/// Bytes in memory, a count of the syncs, and a disk that can break.
#[derive(Clone, Debug, Default)]
pub(super) struct Disk(Arc<DiskState>);

#[derive(Debug, Default)]
struct DiskState {
    bytes: InMemoryBackend,
    syncs: AtomicU64,
    is_broken: AtomicBool,
}

impl Disk {
    pub(super) fn open(&self) -> Outbox {
        Outbox::open_backend(Path::new("memory"), self.clone(), "app", &SCHEMA).unwrap()
    }

    pub(super) fn open_with(&self, options: Options) -> Outbox {
        options.open_backend(Path::new("memory"), self.clone(), "app", &SCHEMA).unwrap()
    }

    /// The disk as it is at this moment, as if the machine had stopped.
    pub(super) fn after_a_crash(&self) -> Self {
        let copy = Self::default();
        let mut bytes = vec![0; usize::try_from(self.len().unwrap()).unwrap()];
        self.read(0, &mut bytes).unwrap();
        copy.set_len(bytes.len() as u64).unwrap();
        copy.write(0, &bytes).unwrap();
        copy
    }

    /// Whether whoever opens the file as it is at this moment has to walk through all of it.
    pub(super) fn needs_repair_after_a_crash(&self) -> bool {
        let repairs = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&repairs);
        let mut builder = Database::builder();
        builder.set_repair_callback(move |_| seen.store(true, Ordering::SeqCst));
        drop(builder.create_with_backend(self.after_a_crash()).unwrap());
        repairs.load(Ordering::SeqCst)
    }

    pub(super) fn is_broken(&self, is_broken: bool) {
        self.0.is_broken.store(is_broken, Ordering::SeqCst);
    }

    pub(super) fn syncs(&self) -> u64 {
        self.0.syncs.load(Ordering::SeqCst)
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        self.0.bytes.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.bytes.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.bytes.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.syncs.fetch_add(1, Ordering::SeqCst);
        if self.0.is_broken.load(Ordering::SeqCst) {
            return Err(io::Error::other("the disk is broken"));
        }
        self.0.bytes.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.bytes.write(offset, data)
    }
}
