//! How far commits have come, for those who wait for one without a thread of their own.

use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

use asymmetric_protocol::SequenceNumber;
use tokio::sync::watch;

use super::CommitError;

/// How far commits have come.
#[derive(Clone, Debug)]
pub(super) struct Horizon {
    /// Every object with a smaller number is durable.
    pub(super) below: SequenceNumber,
    /// Why there are no further commits.
    pub(super) failed: Option<CommitError>,
}

/// Waits until every object below `end` is durable.
///
/// Cancel safe; needs no particular runtime.
pub(super) async fn durable(
    horizon: &mut watch::Receiver<Horizon>,
    end: SequenceNumber,
) -> Result<(), CommitError> {
    let reached = |now: &Horizon| now.below >= end || now.failed.is_some();
    let result = match horizon.wait_for(reached).await {
        Ok(now) => judge(&now, end),
        // The outbox is gone; what it said last holds.
        Err(_) => Err(CommitError::Closed),
    };
    result.or_else(|error| if horizon.borrow().below >= end { Ok(()) } else { Err(error) })
}

fn judge(now: &Horizon, end: SequenceNumber) -> Result<(), CommitError> {
    if now.below >= end { Ok(()) } else { Err(now.failed.clone().unwrap_or(CommitError::Closed)) }
}

/// Blocks the thread until the future is ready. The future needs no runtime.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
