//! Ways to make objects durable.

mod asymmetric;
mod fjall;
mod raw;
mod redb;
mod sqlite;

use std::path::Path;

use anyhow::Result;

use crate::documents::Batch;

/// One way to make objects durable.
pub(crate) trait Rival: Send {
    fn name(&self) -> &'static str;

    /// Makes a batch durable and, where the rival can, removes the oldest one in the same commit
    /// once more than [`Batch::backlog`] are there.
    fn commit(&mut self, batch: &Batch) -> Result<()>;
}

/// All of them, each with files of its own. The first one is ours.
pub(crate) fn all(directory: &Path) -> Result<Vec<Box<dyn Rival>>> {
    Ok(vec![
        Box::new(asymmetric::Asymmetric::new(&directory.join("asymmetric.realm"))?),
        Box::new(raw::Append::new(&directory.join("append.log"))?),
        Box::new(raw::Overwrite::new(&directory.join("overwrite.log"))?),
        Box::new(sqlite::Rows::new(&directory.join("rows.sqlite"))?),
        Box::new(sqlite::Chunks::new(&directory.join("chunks.sqlite"))?),
        Box::new(fjall::Fjall::new(&directory.join("fjall"))?),
        Box::new(redb::Redb::new(&directory.join("alone.redb"))?),
    ])
}
