//! fjall, a log-structured store, a key for every object.

use std::{collections::VecDeque, ops::Range, path::Path};

use anyhow::Result;
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};

use super::Rival;
use crate::documents::Batch;

pub(super) struct Fjall {
    database: Database,
    outbox: Keyspace,
    next: u64,
    written: VecDeque<Range<u64>>,
}

impl Fjall {
    pub(super) fn new(path: &Path) -> Result<Self> {
        let database = Database::builder(path).open()?;
        let outbox = database.keyspace("outbox", KeyspaceCreateOptions::default)?;
        Ok(Self { database, outbox, next: 1, written: VecDeque::new() })
    }
}

impl Rival for Fjall {
    fn commit(&mut self, batch: &Batch) -> Result<()> {
        let mut write = self.database.batch().durability(Some(PersistMode::SyncAll));
        if self.written.len() >= batch.backlog() {
            for key in self.written.pop_front().into_iter().flatten() {
                write.remove(&self.outbox, key.to_be_bytes());
            }
        }
        let first = self.next;
        for document in batch.documents() {
            write.insert(&self.outbox, self.next.to_be_bytes(), document);
            self.next += 1;
        }
        self.written.push_back(first..self.next);
        Ok(write.commit()?)
    }
}
