//! The upload as its users see it.

use std::time::Duration;

use futures_util::{Stream, stream};
use tokio::{runtime::Handle, sync::watch};

use super::{
    Progress, SyncEvents, UploadState,
    events::EventSource,
    upload::{Control, Orders},
};

/// The upload of a realm: its state, how far it has come, and how to pause it.
///
/// Cheap to clone. Holding one does not keep the realm open.
#[derive(Clone, Debug)]
pub struct SyncSession {
    progress: watch::Receiver<Progress>,
    state: watch::Receiver<UploadState>,
    orders: watch::Sender<Orders>,
    events: EventSource,
    /// The upload's own: waiting works inside any async runtime, and without one.
    runtime: Handle,
}

impl SyncSession {
    pub(super) const fn new(
        progress: watch::Receiver<Progress>,
        state: watch::Receiver<UploadState>,
        orders: watch::Sender<Orders>,
        events: EventSource,
        runtime: Handle,
    ) -> Self {
        Self { progress, state, orders, events, runtime }
    }

    /// How far the objects of the realm have come, at this moment.
    pub fn progress(&self) -> Progress {
        self.progress.borrow().clone()
    }

    /// How far the objects of the realm have come, and every change of it.
    pub fn watch_progress(&self) -> watch::Receiver<Progress> {
        self.progress.clone()
    }

    /// How far the objects of the realm have come, now and whenever that changes; of changes that
    /// follow each other quickly only the last. Ends when the realm is closed.
    pub fn progress_stream(&self) -> impl Stream<Item = Progress> + Send + Unpin + use<> {
        let mut progress = self.progress.clone();
        progress.mark_changed();
        let changes = stream::unfold(progress, |mut progress| async move {
            progress.changed().await.ok()?;
            let now = progress.borrow_and_update().clone();
            Some((now, progress))
        });
        Box::pin(changes)
    }

    /// What the upload is doing at this moment.
    pub fn state(&self) -> UploadState {
        self.state.borrow().clone()
    }

    /// What the upload is doing, and every change of it.
    pub fn watch_state(&self) -> watch::Receiver<UploadState> {
        self.state.clone()
    }

    /// What happens to the realm's objects from now on, event by event.
    pub fn events(&self) -> SyncEvents {
        self.events.subscribe()
    }

    /// Sends nothing more until [`resume`](Self::resume). What is on its way still arrives;
    /// writing goes on.
    pub fn pause(&self) {
        self.control(Control::Pause);
    }

    /// Goes on after [`pause`](Self::pause).
    pub fn resume(&self) {
        self.control(Control::Run);
    }

    /// Tries to send at once: for applications that know that the network is back, or that
    /// [`only_when`](super::RealmBuilder::only_when) holds by now. The upload finds out by itself
    /// as well, only later. A server that has asked for time is given it.
    pub fn retry_now(&self) {
        self.orders.send_modify(|orders| orders.nudges += 1);
    }

    /// Waits until every object that is durable now is acknowledged or rejected.
    ///
    /// Works inside any async runtime.
    ///
    /// # Errors
    ///
    /// The time is up, or the realm was closed before. The objects stay stored and are uploaded
    /// later.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any time; the upload goes on.
    pub async fn wait_for_upload(&self, timeout: Duration) -> Result<(), WaitError> {
        let waiting = self.runtime.spawn(self.clone().settled_within(timeout));
        let waiting = AbortOnDrop(waiting);
        waiting.await.unwrap_or_else(|| self.ended())
    }

    /// The same for threads that may block, with no async runtime around.
    ///
    /// # Panics
    ///
    /// Inside an async task, which must not block.
    pub fn wait_for_upload_blocking(&self, timeout: Duration) -> Result<(), WaitError> {
        assert!(
            Handle::try_current().is_err(),
            "`wait_for_upload_blocking` would block an async runtime; await `wait_for_upload`"
        );
        let (done, wait) = std::sync::mpsc::sync_channel(1);
        let waiting = self.clone().settled_within(timeout);
        self.runtime.spawn(async move {
            // Whoever waits does so until the end.
            done.send(waiting.await).unwrap_or_default();
        });
        wait.recv().unwrap_or_else(|_| self.ended())
    }

    /// Uploads as much as possible within `deadline`: tries at once, whatever the upload was
    /// waiting for, and waits like [`wait_for_upload`](Self::wait_for_upload).
    pub async fn flush(&self, deadline: Duration) -> Result<(), WaitError> {
        self.retry_now();
        self.wait_for_upload(deadline).await
    }

    async fn settled_within(self, timeout: Duration) -> Result<(), WaitError> {
        let mut progress = self.progress.clone();
        let mut state = self.state.clone();
        let target = progress.borrow().durable_below;
        let settled = async {
            tokio::select! {
                biased;
                settled = progress.wait_for(|now| now.settled_below >= target) => {
                    settled.is_ok()
                }
                _ = state.wait_for(|state| *state == UploadState::Stopped) => false,
            }
        };
        match tokio::time::timeout(timeout, settled).await {
            Ok(true) => Ok(()),
            Ok(false) => self.ended(),
            Err(_) => {
                let pending = self.progress().pending_objects();
                Err(WaitError::TimedOut { pending, state: self.state() })
            }
        }
    }

    /// What waiting comes to when the realm is closed.
    fn ended(&self) -> Result<(), WaitError> {
        let progress = self.progress.borrow();
        if progress.settled_below >= progress.durable_below {
            return Ok(());
        }
        Err(WaitError::Stopped { pending: progress.pending_objects() })
    }

    /// Stopping is for good.
    pub(super) fn control(&self, wanted: Control) {
        self.orders.send_if_modified(|orders| {
            let changes = orders.control != Control::Stop && orders.control != wanted;
            if changes {
                orders.control = wanted;
            }
            changes
        });
    }
}

/// A task that ends with whoever waits for it.
struct AbortOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> Future for AbortOnDrop<T> {
    /// `None` if the task was ended with its runtime.
    type Output = Option<T>;

    fn poll(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Self::Output> {
        std::pin::Pin::new(&mut self.0).poll(context).map(Result::ok)
    }
}

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Why waiting for the upload ended early. Nothing is lost.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WaitError {
    /// The time is up.
    #[error("{pending} objects still wait for the server (upload: {state:?}); they stay stored")]
    TimedOut {
        /// Objects that still wait for the server.
        pending: u64,
        /// What the upload was doing.
        state: UploadState,
    },
    /// The realm was closed.
    #[error("the realm was closed while {pending} objects waited for the server; they stay stored")]
    Stopped {
        /// Objects that still wait for the server.
        pending: u64,
    },
}
