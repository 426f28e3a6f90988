//! Ways to make objects durable.

mod asymmetric;
mod fjall;
mod raw;
mod redb;
mod sqlite;

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::documents::Batch;

/// One way to make objects durable.
pub(crate) trait Rival: Send {
    /// Puts the encoded objects where the rival takes them from; encoding them is not what is
    /// measured. Most take them from where they are.
    fn prepare(&mut self, _batch: &Batch) -> Result<()> {
        Ok(())
    }

    /// Makes the batch that was prepared durable and, where the rival can, removes the oldest one in
    /// the same commit once more than [`Batch::backlog`] are there.
    fn commit(&mut self, batch: &Batch) -> Result<()>;
}

type Open = fn(&Path) -> Result<Box<dyn Rival>>;

/// All of them. The first one is ours.
const ALL: &[(&str, Open)] = &[
    ("asymmetric", |path| Ok(Box::new(asymmetric::Asymmetric::plain(path)?))),
    ("append", |path| Ok(Box::new(raw::Append::new(path)?))),
    ("overwrite", |path| Ok(Box::new(raw::Overwrite::new(path)?))),
    ("SQLite rows", |path| Ok(Box::new(sqlite::Rows::new(path)?))),
    ("SQLite chunks", |path| Ok(Box::new(sqlite::Chunks::new(path)?))),
    ("fjall", |path| Ok(Box::new(fjall::Fjall::new(path)?))),
    ("redb alone", |path| Ok(Box::new(redb::Redb::new(path)?))),
    ("asymmetric zstd", |path| Ok(Box::new(asymmetric::Asymmetric::compressed(path)?))),
];

/// Their names.
pub(crate) fn names() -> Vec<String> {
    ALL.iter().map(|(name, _)| (*name).to_owned()).collect()
}

/// One of them, with a file or folder of its own.
pub(crate) fn open(name: &str, directory: &Path) -> Result<Box<dyn Rival>> {
    let found = ALL.iter().find(|(known, _)| *known == name);
    let (name, open) = found.with_context(|| format!("there is no rival `{name}`"))?;
    open(&directory.join(name))
}
