//! A disk in memory that loses power, breaks and fills up at a chosen call.
//!
//! It keeps two images: *live*, what a reader sees, and the changes since the last sync, which a
//! power loss may lose. [`FaultyBackend::after_power_loss`] gives the disk that the next start
//! finds.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use redb::StorageBackend;

/// What a disk writes at once: a power loss tears a write between sectors, not inside one.
pub const SECTOR_BYTES: usize = 512;

/// What becomes of the changes that were not synced when the power was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// None arrived.
    Lost,
    /// All arrived.
    Kept,
    /// Each one arrived or did not, whatever came before or after it.
    Reordered,
    /// Each sector of each one arrived or did not.
    Torn,
}

impl Fate {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Lost, Self::Kept, Self::Reordered, Self::Torn];
}

/// A call that the disk can be asked to fail at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// Bytes are read.
    Read,
    /// Bytes are written.
    Write,
    /// Everything written is made durable.
    Sync,
    /// The file grows or shrinks.
    Resize,
}

/// How often the disk was called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// Calls of [`Call::Read`].
    pub reads: u64,
    /// Calls of [`Call::Write`].
    pub writes: u64,
    /// Bytes of all writes.
    pub written_bytes: u64,
    /// Calls of [`Call::Sync`].
    pub syncs: u64,
    /// Calls of [`Call::Resize`].
    pub resizes: u64,
}

impl Calls {
    /// How often this one was called.
    #[must_use]
    pub const fn of(&self, call: Call) -> u64 {
        match call {
            Call::Read => self.reads,
            Call::Write => self.writes,
            Call::Sync => self.syncs,
            Call::Resize => self.resizes,
        }
    }
}

/// The disk. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct FaultyBackend(Arc<Mutex<Disk>>);

#[derive(Debug, Default)]
struct Disk {
    live: Vec<u8>,
    durable: Vec<u8>,
    /// Changes of `live` that `durable` does not have.
    changes: Vec<Change>,
    calls: Calls,
    fault: Option<Fault>,
    has_power: Power,
}

#[derive(Clone, Debug)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Resize(usize),
}

#[derive(Clone, Copy, Debug)]
struct Fault {
    call: Call,
    /// Calls of this kind that succeed first.
    after: u64,
    effect: Effect,
}

#[derive(Clone, Copy, Debug)]
enum Effect {
    PowerLoss,
    /// The call fails with this error of the operating system, and the next one does not.
    Once(i32),
    /// This call and all later ones of its kind fail.
    FromThenOn(i32),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Power {
    #[default]
    On,
    Off,
}

impl FaultyBackend {
    /// An empty disk without faults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A disk that holds `image`, all of it durable.
    #[must_use]
    pub fn from_image(image: Vec<u8>) -> Self {
        let disk = Disk { durable: image.clone(), live: image, ..Disk::default() };
        Self(Arc::new(Mutex::new(disk)))
    }

    /// What a reader sees.
    #[must_use]
    pub fn image(&self) -> Vec<u8> {
        self.disk().live.clone()
    }

    /// How often the disk was called so far. Calls that failed count.
    #[must_use]
    pub fn calls(&self) -> Calls {
        self.disk().calls
    }

    /// Loses power instead of doing the call that follows `after` more of its kind: it and all
    /// later ones fail.
    pub fn lose_power(&self, call: Call, after: u64) {
        self.plan(call, after, Effect::PowerLoss);
    }

    /// Lets the call that follows `after` more of its kind fail with an error number of the
    /// operating system, and no other.
    pub fn fail_once(&self, call: Call, after: u64, os_error: i32) {
        self.plan(call, after, Effect::Once(os_error));
    }

    /// Lets the call that follows `after` more of its kind fail with an error number of the
    /// operating system, and all later ones of its kind.
    pub fn fail_from(&self, call: Call, after: u64, os_error: i32) {
        self.plan(call, after, Effect::FromThenOn(os_error));
    }

    /// Whether the planned power loss has happened.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.disk().has_power == Power::Off
    }

    /// The disk as the next start finds it; `seed` decides where chance does.
    #[must_use]
    pub fn after_power_loss(&self, fate: Fate, seed: u64) -> Self {
        let disk = self.disk();
        let mut image = disk.durable.clone();
        let mut chance = Chance(seed);
        for change in &disk.changes {
            match fate {
                Fate::Lost => {}
                Fate::Kept => change.apply(&mut image),
                Fate::Reordered => {
                    if chance.flip() {
                        change.apply(&mut image);
                    }
                }
                Fate::Torn => change.sectors().filter(|_| chance.flip()).for_each(|sector| {
                    sector.apply(&mut image);
                }),
            }
        }
        Self::from_image(image)
    }

    fn plan(&self, call: Call, after: u64, effect: Effect) {
        let mut disk = self.disk();
        let after = disk.calls.of(call) + after;
        disk.fault = Some(Fault { call, after, effect });
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Disk {
    /// Counts a call, and lets it fail if that is its turn.
    fn call(&mut self, call: Call) -> io::Result<()> {
        let before = self.calls.of(call);
        match call {
            Call::Read => self.calls.reads += 1,
            Call::Write => self.calls.writes += 1,
            Call::Sync => self.calls.syncs += 1,
            Call::Resize => self.calls.resizes += 1,
        }
        if self.has_power == Power::Off {
            return Err(io::Error::other("the power is off"));
        }
        match self.fault.filter(|fault| fault.call == call && before >= fault.after) {
            None => Ok(()),
            Some(Fault { effect: Effect::PowerLoss, .. }) => {
                self.has_power = Power::Off;
                Err(io::Error::other("the power is off"))
            }
            Some(Fault { effect: Effect::Once(error), .. }) => {
                self.fault = None;
                Err(io::Error::from_raw_os_error(error))
            }
            Some(Fault { effect: Effect::FromThenOn(error), .. }) => {
                Err(io::Error::from_raw_os_error(error))
            }
        }
    }

    fn change(&mut self, change: Change) {
        change.apply(&mut self.live);
        self.changes.push(change);
    }
}

impl Change {
    fn apply(&self, image: &mut Vec<u8>) {
        match self {
            Self::Write { offset, bytes } => {
                let end = offset + bytes.len();
                if image.len() < end {
                    image.resize(end, 0);
                }
                if let Some(place) = image.get_mut(*offset..end) {
                    place.copy_from_slice(bytes);
                }
            }
            Self::Resize(length) => image.resize(*length, 0),
        }
    }

    /// The parts that a power loss can tear apart.
    fn sectors(&self) -> impl Iterator<Item = Self> + '_ {
        let (offset, bytes) = match self {
            Self::Write { offset, bytes } => (*offset, bytes.as_slice()),
            Self::Resize(_) => (0, &[][..]),
        };
        let resize = matches!(self, Self::Resize(_)).then(|| self.clone());
        let first = (SECTOR_BYTES - offset % SECTOR_BYTES).min(bytes.len());
        let (head, tail) = bytes.split_at(first);
        let head = (!head.is_empty()).then(|| Self::Write { offset, bytes: head.to_vec() });
        let tail = tail.chunks(SECTOR_BYTES).enumerate().map(move |(number, sector)| Self::Write {
            offset: offset + first + number * SECTOR_BYTES,
            bytes: sector.to_vec(),
        });
        resize.into_iter().chain(head).chain(tail)
    }
}

/// `SplitMix64`: the same seed gives the same disk everywhere and for ever.
struct Chance(u64);

impl Chance {
    fn flip(&mut self) -> bool {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) & 1 == 1
    }
}

fn place(offset: u64) -> io::Result<usize> {
    usize::try_from(offset).map_err(io::Error::other)
}

impl StorageBackend for FaultyBackend {
    fn len(&self) -> io::Result<u64> {
        Ok(self.disk().live.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let mut disk = self.disk();
        disk.call(Call::Read)?;
        let offset = place(offset)?;
        let found = offset.checked_add(out.len()).and_then(|end| disk.live.get(offset..end));
        out.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut disk = self.disk();
        disk.call(Call::Resize)?;
        disk.change(Change::Resize(place(len)?));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut disk = self.disk();
        disk.call(Call::Sync)?;
        let Disk { durable, changes, .. } = &mut *disk;
        for change in changes.drain(..) {
            change.apply(durable);
        }
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut disk = self.disk();
        disk.call(Call::Write)?;
        disk.calls.written_bytes += data.len() as u64;
        disk.change(Change::Write { offset: place(offset)?, bytes: data.to_vec() });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(disk: &FaultyBackend) -> Vec<u8> {
        let mut bytes = vec![0; usize::try_from(disk.len().unwrap()).unwrap()];
        disk.read(0, &mut bytes).unwrap();
        bytes
    }

    /// A synced `a`, an un-synced `b` over all of it.
    fn disk() -> FaultyBackend {
        let disk = FaultyBackend::new();
        disk.write(0, &[b'a'; 4 * SECTOR_BYTES]).unwrap();
        disk.sync_data().unwrap();
        for sector in 0..4 {
            disk.write(sector * SECTOR_BYTES as u64, &[b'b'; SECTOR_BYTES]).unwrap();
        }
        disk
    }

    #[test]
    fn what_was_not_synced_has_each_fate() {
        let disk = disk();
        assert_eq!(read(&disk), [b'b'; 4 * SECTOR_BYTES]);
        assert_eq!(read(&disk.after_power_loss(Fate::Lost, 0)), [b'a'; 4 * SECTOR_BYTES]);
        assert_eq!(read(&disk.after_power_loss(Fate::Kept, 0)), [b'b'; 4 * SECTOR_BYTES]);
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..200 {
            seen.insert(read(&disk.after_power_loss(Fate::Reordered, seed)));
        }
        assert_eq!(seen.len(), 16, "every subset of four writes");
    }

    #[test]
    fn a_torn_write_is_whole_in_every_sector() {
        let disk = FaultyBackend::from_image(vec![b'a'; 4 * SECTOR_BYTES]);
        disk.write(100, &[b'b'; 2 * SECTOR_BYTES]).unwrap();
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..200 {
            let image = read(&disk.after_power_loss(Fate::Torn, seed));
            assert!(image[..100].iter().all(|byte| *byte == b'a'));
            for part in [100..512, 512..1024, 1024..1124] {
                assert!(image[part].windows(2).all(|pair| pair[0] == pair[1]));
            }
            seen.insert(image);
        }
        assert_eq!(seen.len(), 8);
    }

    #[test]
    fn a_lost_resize_takes_its_bytes_with_it() {
        let disk = FaultyBackend::from_image(vec![1; 10]);
        disk.set_len(20).unwrap();
        assert_eq!(read(&disk), [[1; 10], [0; 10]].concat());
        assert_eq!(read(&disk.after_power_loss(Fate::Lost, 0)), [1; 10]);
    }

    #[test]
    fn the_power_goes_at_the_chosen_call_and_stays_away() {
        let disk = disk();
        disk.lose_power(Call::Sync, 1);
        disk.sync_data().unwrap();
        disk.write(0, b"c").unwrap();
        assert!(!disk.is_off());
        assert!(disk.sync_data().is_err());
        assert!(disk.is_off() && disk.write(0, b"d").is_err());
        assert_eq!(disk.calls().syncs, 3);
        let found = read(&disk.after_power_loss(Fate::Kept, 0));
        assert_eq!(&found[..2], b"cb");
    }

    #[test]
    fn errors_come_once_or_for_good() {
        const ENOSPC: i32 = 28;
        let disk = FaultyBackend::new();
        disk.fail_once(Call::Write, 1, ENOSPC);
        disk.write(0, b"a").unwrap();
        assert_eq!(disk.write(0, b"b").unwrap_err().raw_os_error(), Some(ENOSPC));
        disk.write(0, b"c").unwrap();
        disk.fail_from(Call::Write, 0, ENOSPC);
        assert!(disk.write(0, b"d").is_err() && disk.write(0, b"e").is_err());
        disk.sync_data().unwrap();
        assert_eq!(disk.image(), b"c");
    }
}
