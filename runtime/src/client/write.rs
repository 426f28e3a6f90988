//! The ways to write into a realm.

use std::cell::Cell;

use super::{
    Durability, Realm, StorageError, Ticket, Transaction, WriteError,
    outbox::{Draft, Outbox},
};
use crate::model::{MemberOf, Schema};

thread_local! {
    /// Memory of the last transaction on this thread; a nested one makes its own.
    static DRAFT: Cell<Draft> = Cell::default();
}

/// What a closure has created, on its way into the outbox.
struct Prepared {
    draft: Draft,
    durability: Durability,
}

impl Prepared {
    /// Keeps the memory for the next transaction.
    fn recycle(mut self) {
        self.draft.clear();
        DRAFT.set(self.draft);
    }
}

/// Ends the transaction, which is where two objects with the same key may be noticed at last.
fn finish(draft: &mut Draft, outbox: &Outbox) -> Result<(), WriteError> {
    match draft.finish(outbox.directory()).map_err(WriteError::Spill)? {
        None => Ok(()),
        Some(class) => {
            let classes = &outbox.identity().classes;
            let class = classes.iter().find(|entry| entry.id == class);
            let class = class.map(|entry| entry.title.clone()).unwrap_or_default();
            Err(WriteError::DuplicatePrimaryKey { class })
        }
    }
}

/// Blocking forms. Threads that write at the same time share a commit.
impl<S> Realm<S> {
    /// Writes the objects that `create` adds to the transaction: all of them, or, if it returns an
    /// error or panics, none.
    ///
    /// Blocks until the objects are durable; threads that write at the same time share the wait.
    /// In async code, use [`write_async`](Self::write_async).
    ///
    /// # Durability
    ///
    /// When it returns `Ok`, the objects survive power loss, or, with
    /// [`Durability::Buffered`], will within the stated window. If it returns
    /// [`WriteError::Storage`], some or none of them may.
    pub fn write<R>(
        &self,
        create: impl FnOnce(&mut Transaction<'_, S>) -> Result<R, WriteError>,
    ) -> Result<R, WriteError>
    where
        S: Schema,
    {
        self.write_with_ticket(create).map(|(result, _)| result)
    }

    /// The same as [`write`](Self::write), with a ticket that tells what becomes of the objects.
    pub fn write_with_ticket<R>(
        &self,
        create: impl FnOnce(&mut Transaction<'_, S>) -> Result<R, WriteError>,
    ) -> Result<(R, Ticket), WriteError>
    where
        S: Schema,
    {
        let (result, mut prepared) = self.prepare(create)?;
        let Prepared { draft, durability } = &mut prepared;
        let written = self.outbox().commit_draft(draft, *durability);
        prepared.recycle();
        Ok((result, Ticket::new(self.outbox(), written?)))
    }

    /// Writes a single object; the same as a [`write`](Self::write) that creates nothing else.
    pub fn create<T: MemberOf<S>>(&self, object: T) -> Result<Ticket, WriteError>
    where
        S: Schema,
    {
        self.write_with_ticket(|tx| tx.create(object)).map(|((), ticket)| ticket)
    }

    /// Writes all objects in one transaction, or, if one of them is refused, none.
    ///
    /// Blocks until they are durable, like [`write`](Self::write). No objects cost nothing.
    pub fn create_all<T: MemberOf<S>>(
        &self,
        objects: impl IntoIterator<Item = T>,
    ) -> Result<Ticket, WriteError>
    where
        S: Schema,
    {
        self.write_with_ticket(|tx| objects.into_iter().try_for_each(|object| tx.create(object)))
            .map(|((), ticket)| ticket)
    }

    /// Makes durable what was written with [`Durability::Buffered`] so far. Blocks for a commit if
    /// there is anything.
    pub fn flush(&self) -> Result<(), StorageError> {
        self.outbox().flush().map_err(StorageError::new)
    }
}

/// Forms for async code: nothing blocks the thread, whatever runtime it belongs to; tasks that
/// write at the same time share a commit. Only a realm with
/// [`WhenFull::Block`](super::WhenFull::Block) needs tokio's timers, when it is full. A transaction of
/// more than 8 MiB writes into a temporary file while its objects are created: that does block.
impl<S> Realm<S> {
    /// Writes the objects that `create` adds to the transaction: all of them, or, if it returns an
    /// error or panics, none. The closure runs when the future is first polled.
    ///
    /// # Durability
    ///
    /// As for [`write`](Self::write).
    ///
    /// # Cancel safety
    ///
    /// Dropped before the first poll, nothing happens. Dropped later, the objects are either all
    /// written or none: once they are queued, which is at the first poll unless the outbox is full,
    /// they are committed whether anybody waits or not.
    pub async fn write_async<R>(
        &self,
        create: impl FnOnce(&mut Transaction<'_, S>) -> Result<R, WriteError>,
    ) -> Result<R, WriteError>
    where
        S: Schema,
    {
        self.write_with_ticket_async(create).await.map(|(result, _)| result)
    }

    /// The same as [`write_async`](Self::write_async), with a ticket that tells what becomes of the
    /// objects.
    pub async fn write_with_ticket_async<R>(
        &self,
        create: impl FnOnce(&mut Transaction<'_, S>) -> Result<R, WriteError>,
    ) -> Result<(R, Ticket), WriteError>
    where
        S: Schema,
    {
        let (result, mut prepared) = self.prepare(create)?;
        let Prepared { draft, durability } = &mut prepared;
        let (durability, outbox) = (*durability, self.outbox());
        let written = match outbox.try_commit(draft, durability) {
            Ok(Some(written)) => {
                prepared.recycle();
                if durability.waits() && !written.is_empty() {
                    outbox.durable(written.end).await?;
                }
                written
            }
            Ok(None) => {
                let written = outbox.commit_draft_async(draft, durability).await;
                prepared.recycle();
                written?
            }
            Err(error) => {
                prepared.recycle();
                return Err(error.into());
            }
        };
        Ok((result, Ticket::new(outbox, written)))
    }

    /// Writes a single object; see [`write_async`](Self::write_async).
    pub async fn create_async<T: MemberOf<S>>(&self, object: T) -> Result<Ticket, WriteError>
    where
        S: Schema,
    {
        self.write_with_ticket_async(|tx| tx.create(object)).await.map(|((), ticket)| ticket)
    }

    /// Writes all objects in one transaction, or, if one of them is refused, none; see
    /// [`write_async`](Self::write_async).
    pub async fn create_all_async<T: MemberOf<S>>(
        &self,
        objects: impl IntoIterator<Item = T>,
    ) -> Result<Ticket, WriteError>
    where
        S: Schema,
    {
        let create = |tx: &mut Transaction<'_, S>| {
            objects.into_iter().try_for_each(|object| tx.create(object))
        };
        self.write_with_ticket_async(create).await.map(|((), ticket)| ticket)
    }

    /// Makes durable what was written with [`Durability::Buffered`] so far.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any time; the commit is made all the same.
    pub async fn flush_async(&self) -> Result<(), StorageError> {
        self.outbox().flush_async().await.map_err(StorageError::new)
    }
}

impl<S> Realm<S> {
    /// Runs the closure. If it panics, the memory of its transaction is gone, and nothing else.
    fn prepare<R>(
        &self,
        create: impl FnOnce(&mut Transaction<'_, S>) -> Result<R, WriteError>,
    ) -> Result<(R, Prepared), WriteError>
    where
        S: Schema,
    {
        let (mut draft, outbox) = (DRAFT.take(), self.outbox());
        let mut transaction = Transaction::new(&mut draft, outbox, self.durability());
        let result = create(&mut transaction);
        let durability = transaction.durability();
        let finished = result.and_then(|result| finish(&mut draft, outbox).map(|()| result));
        let prepared = Prepared { draft, durability };
        match finished {
            Ok(result) => Ok((result, prepared)),
            Err(error) => {
                prepared.recycle();
                Err(error)
            }
        }
    }
}
