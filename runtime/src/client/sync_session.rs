//! The upload as its users see it.

use std::time::Duration;

use tokio::sync::watch;

use super::{Progress, UploadState, upload::Control};

/// The upload of a realm: its state, how far it has come, and how to pause it.
///
/// Cheap to clone. Holding one does not keep the realm open.
#[derive(Clone, Debug)]
pub struct SyncSession {
    progress: watch::Receiver<Progress>,
    state: watch::Receiver<UploadState>,
    control: watch::Sender<Control>,
}

impl SyncSession {
    pub(super) const fn new(
        progress: watch::Receiver<Progress>,
        state: watch::Receiver<UploadState>,
        control: watch::Sender<Control>,
    ) -> Self {
        Self { progress, state, control }
    }

    /// How far the objects of the realm have come, at this moment.
    pub fn progress(&self) -> Progress {
        self.progress.borrow().clone()
    }

    /// How far the objects of the realm have come, and every change of it.
    pub fn watch_progress(&self) -> watch::Receiver<Progress> {
        self.progress.clone()
    }

    /// What the upload is doing at this moment.
    pub fn state(&self) -> UploadState {
        self.state.borrow().clone()
    }

    /// What the upload is doing, and every change of it.
    pub fn watch_state(&self) -> watch::Receiver<UploadState> {
        self.state.clone()
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

    /// Waits until every object that is durable now is acknowledged or rejected.
    ///
    /// Needs a tokio runtime with timers.
    ///
    /// # Errors
    ///
    /// The time is up, or the realm was closed. The objects stay stored and are uploaded later.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any time; the upload goes on.
    pub async fn wait_for_upload(&self, timeout: Duration) -> Result<(), WaitError> {
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
        let result = tokio::time::timeout(timeout, settled).await;
        let pending = self.progress().pending_objects();
        match result {
            Ok(true) => Ok(()),
            Ok(false) => Err(WaitError::Stopped { pending }),
            Err(_) => Err(WaitError::TimedOut { pending, state: self.state() }),
        }
    }

    /// Stopping is for good.
    pub(super) fn control(&self, wanted: Control) {
        self.control.send_if_modified(|control| {
            let changes = *control != Control::Stop && *control != wanted;
            if changes {
                *control = wanted;
            }
            changes
        });
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
