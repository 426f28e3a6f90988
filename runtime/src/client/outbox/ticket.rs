//! Waiting for what becomes of a transaction.

use std::{
    ops::Range,
    pin::Pin,
    task::{Context, Poll},
};

use asymmetric_protocol::SequenceNumber;
use futures_util::future::BoxFuture;
use tokio::sync::watch;

use super::{
    Outbox, Written,
    horizon::{Horizon, block_on, durable},
};
use crate::client::WriteError;

/// What becomes of the objects of one transaction.
///
/// Cheap to clone. Holding one does not keep the realm open.
#[derive(Clone, Debug)]
pub struct Ticket {
    objects: Written,
    horizon: watch::Receiver<Horizon>,
}

impl Ticket {
    pub(crate) fn new(outbox: &Outbox, objects: Written) -> Self {
        Self { objects, horizon: outbox.group.horizon.subscribe() }
    }

    /// The sequence numbers of the objects in the outbox; empty for a transaction of none.
    pub const fn objects(&self) -> &Range<SequenceNumber> {
        &self.objects
    }

    /// Waits until the objects survive power loss: `.wait()` blocks the thread, `.await` the task.
    ///
    /// They do already when the write has returned, unless it was
    /// [`Durability::Buffered`](crate::Durability::Buffered). Waiting does not hasten their commit;
    /// [`Realm::flush`](crate::Realm::flush) does.
    ///
    /// # Errors
    ///
    /// [`WriteError::Storage`] if the disk failed; whether the objects are durable is unknown then.
    /// [`WriteError::Closed`] if the realm is gone without their commit.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any time; the objects are committed all the same.
    pub fn durable(&self) -> Waiting<'_, Result<(), WriteError>> {
        let mut horizon = self.horizon.clone();
        let end = self.objects.end;
        Waiting(Box::pin(async move { Ok(durable(&mut horizon, end).await?) }))
    }
}

/// A future that can be waited for without a runtime as well.
#[must_use = "nothing is waited for before `.wait()` or `.await`"]
pub struct Waiting<'a, T>(BoxFuture<'a, T>);

impl<T> Waiting<'_, T> {
    /// Blocks the thread until it is over. In async code, `.await` it instead.
    pub fn wait(self) -> T {
        block_on(self.0)
    }
}

impl<T> Future for Waiting<'_, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        self.0.as_mut().poll(context)
    }
}

impl<T> std::fmt::Debug for Waiting<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Waiting").finish_non_exhaustive()
    }
}
