//! The storage engine of the outbox by itself: chunks in one table, every writer for its own.

use std::{collections::VecDeque, path::Path};

use anyhow::Result;
use redb::{Database, TableDefinition};

use super::Rival;
use crate::documents::Batch;

/// That of the outbox.
const CACHE_BYTES: usize = 16 * 1024 * 1024;
const CHUNKS: TableDefinition<u64, &[u8]> = TableDefinition::new("chunks");

pub(super) struct Redb {
    database: Database,
    next: u64,
    ends: VecDeque<u64>,
}

impl Redb {
    pub(super) fn new(path: &Path) -> Result<Self> {
        let database = Database::builder().set_cache_size(CACHE_BYTES).create(path)?;
        Ok(Self { database, next: 1, ends: VecDeque::new() })
    }
}

impl Rival for Redb {
    fn commit(&mut self, batch: &Batch) -> Result<()> {
        let transaction = self.database.begin_write()?;
        {
            let mut chunks = transaction.open_table(CHUNKS)?;
            if self.ends.len() >= batch.backlog()
                && let Some(end) = self.ends.pop_front()
            {
                chunks.retain_in(..end, |_, _| false)?;
            }
            for chunk in batch.chunks() {
                chunks.insert(self.next, chunk)?;
                self.next += 1;
            }
            self.ends.push_back(self.next);
        }
        Ok(transaction.commit()?)
    }
}
