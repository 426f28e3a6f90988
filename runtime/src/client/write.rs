//! The ways to write into a realm.

use std::cell::Cell;

use super::{
    Durability, Realm, StorageError, Ticket, Transaction, WriteError, transaction::Buffers,
};
use crate::model::{MemberOf, Schema};

thread_local! {
    /// Buffers of the last transaction on this thread; a nested one makes its own.
    static BUFFERS: Cell<Buffers> = Cell::default();
}

/// What a closure has created, on its way into the outbox.
struct Prepared {
    buffers: Buffers,
    durability: Durability,
}

impl Prepared {
    /// Keeps the memory for the next transaction.
    fn recycle(mut self) {
        self.buffers.forget_huge();
        BUFFERS.set(self.buffers);
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
        let Prepared { buffers, durability } = &mut prepared;
        let written = self.outbox().commit(&mut buffers.objects, *durability);
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
/// [`WhenFull::Block`](super::WhenFull::Block) needs tokio's timers, when it is full.
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
        let Prepared { buffers, durability } = &mut prepared;
        let (durability, outbox) = (*durability, self.outbox());
        let written = match outbox.try_commit(&mut buffers.objects, durability) {
            Ok(Some(written)) => {
                prepared.recycle();
                if durability.waits() && !written.is_empty() {
                    outbox.durable(written.end).await?;
                }
                written
            }
            Ok(None) => {
                let written = outbox.commit_async(&mut buffers.objects, durability).await;
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
        let mut buffers = BUFFERS.take();
        buffers.objects.clear();
        buffers.primary_keys.clear();
        let Buffers { objects, primary_keys } = &mut buffers;
        let members = &self.outbox().identity().members;
        let mut transaction = Transaction::new(objects, primary_keys, members, self.durability());
        let result = create(&mut transaction);
        let prepared = Prepared { durability: transaction.durability(), buffers };
        match result {
            Ok(result) => Ok((result, prepared)),
            Err(error) => {
                prepared.recycle();
                Err(error)
            }
        }
    }
}
