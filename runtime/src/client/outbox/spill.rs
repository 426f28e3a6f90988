//! Transactions that are larger than memory shall hold.
//!
//! What does not fit goes into a temporary file without a name beside the outbox, and from there
//! through one chunk's worth of memory into the commit. Nothing is locked while the caller creates
//! objects, and nothing is left behind by a crash or a rollback. (One transaction of redb held open
//! instead would write each byte once, but would keep all other writers waiting for the caller's
//! code, for ever if that writes itself.)
//!
//! ```text
//! documents   length u32, chunk as the outbox stores it; repeated. Its numbers mean nothing yet.
//! keys        fingerprint 16 bytes, class u32; sorted runs, one for each time memory was full
//! ```

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    convert::Infallible,
    fs::File,
    hash::{BuildHasher, RandomState},
    io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write},
    path::Path,
};

use asymmetric_protocol::{
    SequenceNumber,
    chunk::{Chunk, ClassId, Codec, Cutter, Objects},
};

use super::{PrimaryKeys, primary_keys::primary_key};

const KEY_BYTES: usize = 20;

/// A key's fingerprint and class. Two different keys have the same fingerprint with a probability of
/// 2^-128.
type Key = [u8; KEY_BYTES];

/// The part of a transaction that is not in memory.
#[derive(Debug)]
pub(crate) struct Spill {
    documents: BufWriter<File>,
    keys: BufWriter<File>,
    /// How many keys each run has.
    runs: Vec<u64>,
    hashers: [RandomState; 2],
    objects: u64,
    bytes: u64,
    cutter: Cutter,
}

impl Spill {
    /// An empty one, in files of this directory.
    pub(super) fn create(directory: &Path) -> io::Result<Self> {
        let file = || tempfile::tempfile_in(directory).map(BufWriter::new);
        Ok(Self {
            documents: file()?,
            keys: file()?,
            runs: Vec::new(),
            hashers: Default::default(),
            objects: 0,
            bytes: 0,
            cutter: Cutter::new(Codec::None),
        })
    }

    pub(super) const fn objects(&self) -> u64 {
        self.objects
    }

    /// Bytes of all documents.
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Moves objects and their keys out of memory.
    pub(super) fn push(
        &mut self,
        objects: &mut Objects,
        primary_keys: &mut PrimaryKeys,
    ) -> io::Result<()> {
        let mut run: Vec<Key> = Vec::with_capacity(primary_keys.len());
        for (class, offset) in primary_keys.iter() {
            if let Some(key) = primary_key(objects.documents(), offset) {
                run.push(self.fingerprint(class, key));
            }
        }
        run.sort_unstable();
        for key in &run {
            self.keys.write_all(key)?;
        }
        self.runs.push(run.len() as u64);
        primary_keys.clear();
        self.objects += u64::from(objects.len());
        self.bytes += objects.bytes() as u64;
        let (first, documents) = (SequenceNumber::FIRST, &mut self.documents);
        self.cutter.cut(objects, 0, first, 0, |_, chunk| {
            let length = u32::try_from(chunk.len()).map_err(io::Error::other)?;
            documents.write_all(&length.to_le_bytes())?;
            documents.write_all(chunk)
        })
    }

    fn fingerprint(&self, class: ClassId, key: &[u8]) -> Key {
        let mut bytes = [0; KEY_BYTES];
        let hashes = self.hashers.iter().flat_map(|hasher| hasher.hash_one(key).to_le_bytes());
        let all = class.get().to_le_bytes().into_iter().chain(hashes);
        for (byte, value) in bytes.iter_mut().zip(all) {
            *byte = value;
        }
        bytes
    }

    /// Ends the transaction. Answers the class of an object whose primary key another one has.
    pub(super) fn finish(&mut self) -> io::Result<Option<ClassId>> {
        self.documents.flush()?;
        self.keys.flush()?;
        let file = self.keys.get_ref();
        let mut start = 0;
        let mut runs = Vec::with_capacity(self.runs.len());
        let mut heads = BinaryHeap::with_capacity(self.runs.len());
        for (number, keys) in self.runs.iter().enumerate() {
            let bytes = keys * KEY_BYTES as u64;
            let mut run = BufReader::new(Run { file, at: start, left: bytes });
            start += bytes;
            heads.extend(next(&mut run)?.map(|key| Reverse((key, number))));
            runs.push(run);
        }
        let mut last = None;
        while let Some(Reverse((key, number))) = heads.pop() {
            if last == Some(key) {
                let class = key.first_chunk().map_or(0, |class| u32::from_le_bytes(*class));
                return Ok(Some(ClassId::new(class)));
            }
            last = Some(key);
            if let Some(run) = runs.get_mut(number) {
                heads.extend(next(run)?.map(|key| Reverse((key, number))));
            }
        }
        Ok(None)
    }

    /// Hands the objects to `write`, a chunk's worth at a time.
    pub(super) fn replay<E: From<io::Error>>(
        &mut self,
        mut write: impl FnMut(&mut Objects) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut file = self.documents.get_ref();
        file.seek(SeekFrom::Start(0))?;
        let mut file = BufReader::new(file);
        let (mut bytes, mut objects) = (Vec::new(), Objects::new());
        let mut left = self.objects;
        while left > 0 {
            let mut length = [0; 4];
            file.read_exact(&mut length)?;
            let length = usize::try_from(u32::from_le_bytes(length)).map_err(io::Error::other)?;
            bytes.resize(length, 0);
            file.read_exact(&mut bytes)?;
            let chunk = Chunk::parse(&bytes).map_err(io::Error::other)?;
            for (class, document) in chunk.split(chunk.plain_documents().unwrap_or_default()) {
                let Ok(_) = objects.push_with(class, |documents| {
                    documents.extend_from_slice(document);
                    Ok::<_, Infallible>(())
                });
            }
            left = left.saturating_sub(u64::from(chunk.objects()));
            write(&mut objects)?;
        }
        Ok(())
    }
}

/// The next key of a run.
fn next(run: &mut impl Read) -> io::Result<Option<Key>> {
    let mut key = [0; KEY_BYTES];
    match run.read_exact(&mut key) {
        Ok(()) => Ok(Some(key)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

/// A part of a file.
struct Run<'a> {
    file: &'a File,
    at: u64,
    left: u64,
}

impl Read for Run<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(out.len());
        let mut file = self.file;
        file.seek(SeekFrom::Start(self.at))?;
        let read = file.read(out.get_mut(..most).unwrap_or_default())?;
        self.at += read as u64;
        self.left -= read as u64;
        Ok(read)
    }
}
