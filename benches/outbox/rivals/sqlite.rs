//! SQLite in WAL mode, durable at every commit (`synchronous=FULL`).

use std::{collections::VecDeque, path::Path};

use anyhow::Result;
use rusqlite::{Connection, TransactionBehavior, params};

use super::Rival;
use crate::documents::Batch;

/// One table whose rows are values, and which of them are there.
struct Table {
    connection: Connection,
    next: i64,
    /// First rows after each batch that is there.
    ends: VecDeque<i64>,
}

impl Table {
    fn new(path: &Path) -> Result<Self> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.execute_batch(
            "CREATE TABLE outbox (sequence INTEGER PRIMARY KEY, value BLOB NOT NULL)",
        )?;
        Ok(Self { connection, next: 1, ends: VecDeque::new() })
    }

    fn commit<'a>(&mut self, values: impl Iterator<Item = &'a [u8]>, backlog: usize) -> Result<()> {
        let behavior = TransactionBehavior::Immediate;
        let transaction = self.connection.transaction_with_behavior(behavior)?;
        if self.ends.len() >= backlog
            && let Some(end) = self.ends.pop_front()
        {
            let mut delete = transaction.prepare_cached("DELETE FROM outbox WHERE sequence < ?")?;
            delete.execute([end])?;
        }
        {
            let mut insert = transaction.prepare_cached("INSERT INTO outbox VALUES (?, ?)")?;
            for value in values {
                insert.execute(params![self.next, value])?;
                self.next += 1;
            }
        }
        self.ends.push_back(self.next);
        Ok(transaction.commit()?)
    }
}

/// A row for every object.
pub(super) struct Rows(Table);

impl Rows {
    pub(super) fn new(path: &Path) -> Result<Self> {
        Table::new(path).map(Self)
    }
}

impl Rival for Rows {
    fn commit(&mut self, batch: &Batch) -> Result<()> {
        self.0.commit(batch.documents(), batch.backlog())
    }
}

/// A row for every chunk, which is how the outbox keeps them.
pub(super) struct Chunks(Table);

impl Chunks {
    pub(super) fn new(path: &Path) -> Result<Self> {
        Table::new(path).map(Self)
    }
}

impl Rival for Chunks {
    fn commit(&mut self, batch: &Batch) -> Result<()> {
        self.0.commit(batch.chunks(), batch.backlog())
    }
}
