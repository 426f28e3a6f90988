//! A file that is only read: what redb writes to it stays in memory.

use std::{
    collections::BTreeMap,
    fs::File,
    io,
    ops::Bound,
    sync::{Mutex, MutexGuard, PoisonError},
};

use redb::{BackendError, StorageBackend, backends::FileBackend};

const PAGE_BYTES: usize = 4096;

/// Whom else the lock of a file keeps out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Everybody.
    Exclusive,
    /// Whoever wants it exclusively, as realms do.
    Shared,
}

/// A file, and the changes that were made to it in memory. Its locks are those of the file.
#[derive(Debug)]
pub(super) struct Overlay {
    file: FileBackend,
    /// What becomes of an exclusive lock.
    access: Access,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    length: u64,
    /// Where the bytes of the file end; behind it there are zeros.
    file_end: u64,
    /// Pages that were written to, by number.
    pages: BTreeMap<u64, Box<[u8; PAGE_BYTES]>>,
}

impl Overlay {
    pub(super) fn new(file: File, access: Access) -> io::Result<Self> {
        let file = FileBackend::new(file).map_err(io::Error::other)?;
        let length = file.len()?;
        let state = State { length, file_end: length, pages: BTreeMap::new() };
        Ok(Self { file, access, state: Mutex::new(state) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fills `out` with what the file has at `offset`, and zeros behind its end.
    fn read_file(&self, file_end: u64, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let there = usize::try_from(file_end.saturating_sub(offset)).unwrap_or(usize::MAX);
        let (there, rest) = out.split_at_mut(there.min(out.len()));
        rest.fill(0);
        if there.is_empty() { Ok(()) } else { self.file.read(offset, there) }
    }
}

/// The pages that `length` bytes at `offset` touch: number, where the bytes begin in the page, and
/// which of the bytes lie in it.
fn touched(
    offset: u64,
    length: usize,
) -> impl Iterator<Item = (u64, usize, std::ops::Range<usize>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        if at == length {
            return None;
        }
        let position = offset + at as u64;
        let start = usize::try_from(position % PAGE_BYTES as u64).unwrap_or(0);
        let bytes = at..length.min(at + PAGE_BYTES - start);
        at = bytes.end;
        Some((position / PAGE_BYTES as u64, start, bytes))
    })
}

impl StorageBackend for Overlay {
    fn len(&self) -> io::Result<u64> {
        Ok(self.state().length)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.state();
        if offset.checked_add(out.len() as u64).is_none_or(|end| end > state.length) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.read_file(state.file_end, offset, out)?;
        for (number, start, bytes) in touched(offset, out.len()) {
            let page = state.pages.get(&number).and_then(|page| page.get(start..));
            if let (Some(page), Some(out)) = (page, out.get_mut(bytes)) {
                out.iter_mut().zip(page).for_each(|(out, byte)| *out = *byte);
            }
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.state();
        if len < state.length {
            state.file_end = state.file_end.min(len);
            let first_gone = len.div_ceil(PAGE_BYTES as u64);
            state.pages.split_off(&first_gone);
            // Growing again has to find zeros.
            let cut = usize::try_from(len % PAGE_BYTES as u64).unwrap_or(0);
            let last = state.pages.get_mut(&(len / PAGE_BYTES as u64));
            if let Some(rest) = last.and_then(|page| page.get_mut(cut..)) {
                rest.fill(0);
            }
        }
        state.length = len;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        for (number, start, bytes) in touched(offset, data.len()) {
            if !state.pages.contains_key(&number) {
                let mut page = Box::new([0; PAGE_BYTES]);
                let at = number * PAGE_BYTES as u64;
                self.read_file(state.file_end, at, page.as_mut_slice())?;
                state.pages.insert(number, page);
            }
            let page = state.pages.get_mut(&number).and_then(|page| page.get_mut(start..));
            if let (Some(page), Some(data)) = (page, data.get(bytes)) {
                page.iter_mut().zip(data).for_each(|(byte, new)| *byte = *new);
            }
        }
        state.length = state.length.max(offset + data.len() as u64);
        Ok(())
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        match self.access {
            Access::Exclusive => self.file.try_lock_range(start, end),
            Access::Shared => self.file.try_lock_shared_range(start, end),
        }
    }

    fn try_lock_shared_range(
        &self,
        start: Bound<u64>,
        end: Bound<u64>,
    ) -> Result<bool, BackendError> {
        self.file.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        match self.access {
            Access::Exclusive => self.file.lock_range(start, end),
            Access::Shared => self.file.lock_shared_range(start, end),
        }
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.query_lock_range(start, end)
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Write as _};

    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        Write(u64, Vec<u8>),
        SetLen(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => (0..20_000_u64, prop::collection::vec(any::<u8>(), 0..9_000))
                .prop_map(|(offset, bytes)| Step::Write(offset, bytes)),
            1 => (0..20_000_u64).prop_map(Step::SetLen),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

        #[test]
        fn it_reads_like_a_file_and_the_file_stays_as_it_was(
            original in prop::collection::vec(any::<u8>(), 0..10_000),
            steps in prop::collection::vec(step(), 0..12),
        ) {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(&original).unwrap();
            let opened = File::open(file.path()).unwrap();
            let overlay = Overlay::new(opened, Access::Shared).unwrap();
            let mut expected = original.clone();
            for step in steps {
                match step {
                    Step::Write(offset, bytes) => {
                        overlay.write(offset, &bytes).unwrap();
                        let end = usize::try_from(offset).unwrap() + bytes.len();
                        expected.resize(expected.len().max(end), 0);
                        expected[end - bytes.len()..end].copy_from_slice(&bytes);
                    }
                    Step::SetLen(length) => {
                        overlay.set_len(length).unwrap();
                        expected.resize(usize::try_from(length).unwrap(), 0);
                    }
                }
                let mut found = vec![1; expected.len()];
                overlay.read(0, &mut found).unwrap();
                prop_assert!(found == expected);
                prop_assert!(overlay.read(expected.len() as u64, &mut [0]).is_err());
            }
            prop_assert_eq!(fs::read(file.path()).unwrap(), original);
        }
    }
}
