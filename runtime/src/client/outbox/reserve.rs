//! Disk space taken in advance.

use super::{Outbox, meta::RESERVE};

const FILLER_PAGE_BYTES: u64 = 256 * 1024;
/// A value that takes a page of this size.
static FILLER: [u8; 200 * 1024] = [0; 200 * 1024];

impl Outbox {
    /// Makes the file as long as it is preallocated, and keeps it from getting shorter.
    ///
    /// redb gives the free end of a file back. A row that lies behind the reserved space stops it:
    /// the last of those that fill the space once, and the only one that stays.
    pub(super) fn reserve(&self) -> Result<(), redb::Error> {
        let bytes = self.options.preallocate;
        if self.file_bytes() >= bytes {
            return Ok(());
        }
        let transaction = self.database().begin_write()?;
        {
            let mut reserve = transaction.open_table(RESERVE)?;
            let last = bytes.div_ceil(FILLER_PAGE_BYTES);
            for row in 0..=last {
                reserve.insert(row, FILLER.as_slice())?;
            }
            reserve.retain(|row, _| row == last)?;
        }
        Ok(transaction.commit()?)
    }
}
