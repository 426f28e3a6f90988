//! A file and `fdatasync`: what a disk can do. No checksums, no removal, nothing to read back.

use std::{
    fs::{File, OpenOptions},
    io::{Seek as _, SeekFrom, Write as _},
    path::Path,
};

use anyhow::Result;

use super::Rival;
use crate::documents::Batch;

/// Appends, as a log does.
pub(super) struct Append {
    file: File,
    length: u64,
}

impl Append {
    /// Where it begins anew, so that the disk does not fill up.
    const MAX_BYTES: u64 = 512 * 1024 * 1024;

    pub(super) fn new(path: &Path) -> Result<Self> {
        Ok(Self { file: File::create_new(path)?, length: 0 })
    }
}

impl Rival for Append {
    fn commit(&mut self, batch: &Batch) -> Result<()> {
        if self.length > Self::MAX_BYTES {
            self.file.set_len(0)?;
            self.file.rewind()?;
            self.length = 0;
        }
        self.file.write_all(batch.bytes())?;
        self.file.sync_data()?;
        self.length += batch.bytes().len() as u64;
        Ok(())
    }
}

/// Overwrites a file that has all its blocks: the limit of what the disk can do.
pub(super) struct Overwrite {
    file: File,
    at: u64,
}

impl Overwrite {
    const BYTES: u64 = 128 * 1024 * 1024;

    pub(super) fn new(path: &Path) -> Result<Self> {
        let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
        // Page by page: the kernel writes back as much at once as was written at once.
        let zeros = [0; 4096];
        for _ in 0..Self::BYTES / zeros.len() as u64 {
            file.write_all(&zeros)?;
        }
        file.sync_all()?;
        Ok(Self { file, at: 0 })
    }
}

impl Rival for Overwrite {
    fn commit(&mut self, batch: &Batch) -> Result<()> {
        if self.at + batch.bytes().len() as u64 > Self::BYTES {
            self.at = 0;
        }
        self.file.seek(SeekFrom::Start(self.at))?;
        self.file.write_all(batch.bytes())?;
        self.file.sync_data()?;
        self.at += batch.bytes().len() as u64;
        Ok(())
    }
}
