//! Waiting for what becomes of a transaction.

use std::{
    ops::Range,
    pin::Pin,
    sync::{Arc, Weak},
    task::{Context, Poll},
};

use asymmetric_protocol::SequenceNumber;
use futures_util::future::BoxFuture;
use tokio::sync::watch;

use super::{
    Outbox, Receipt, ReceiptError, Written,
    horizon::{Horizon, block_on, durable},
};
use crate::client::{WriteError, progress::Progress};

/// What becomes of the objects of one transaction.
///
/// Cheap to clone. Holding one does not keep the realm open.
#[derive(Clone, Debug)]
pub struct Ticket {
    objects: Written,
    horizon: watch::Receiver<Horizon>,
    progress: watch::Receiver<Progress>,
    outbox: Weak<Outbox>,
}

impl Ticket {
    pub(crate) fn new(outbox: &Arc<Outbox>, objects: Written) -> Self {
        let (horizon, progress) = (outbox.group.horizon.subscribe(), outbox.progress.subscribe());
        Self { objects, horizon, progress, outbox: Arc::downgrade(outbox) }
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

    /// Waits until the server has answered for all of the objects, and for everything that was
    /// written before them: `.wait()` blocks the thread, `.await` the task.
    ///
    /// # Errors
    ///
    /// [`ReceiptError::Closed`] if the realm is closed before. The objects stay stored, and are
    /// uploaded when it is opened again.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any time, and asked again.
    pub fn settled(&self) -> Waiting<'_, Result<Receipt, ReceiptError>> {
        let (mut progress, mut horizon) = (self.progress.clone(), self.horizon.clone());
        let objects = self.objects.clone();
        Waiting(Box::pin(async move {
            if !objects.is_empty() {
                tokio::select! {
                    biased;
                    settled = progress.wait_for(|now| now.settled_below >= objects.end) => {
                        settled.map(drop).map_err(|_| ReceiptError::Closed)?;
                    }
                    // Without further commits, nothing is settled any more.
                    _ = horizon.wait_for(|now| now.failed.is_some()) => {
                        return Err(ReceiptError::Closed);
                    }
                }
            }
            let outbox = self.outbox.upgrade().ok_or(ReceiptError::Closed)?;
            outbox.receipt(&objects)
        }))
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
