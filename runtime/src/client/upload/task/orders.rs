//! What connects the task with the rest of the realm.

use tokio::sync::watch;

use crate::client::{UploadState, events::EventSender, user::Session};

/// What the owner of the realm wants of the task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Control {
    Run,
    Pause,
    Stop,
}

/// What the task is told while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Orders {
    pub(crate) control: Control,
    /// How often somebody wanted an attempt at once.
    pub(crate) nudges: u64,
}

impl Default for Orders {
    fn default() -> Self {
        Self { control: Control::Run, nudges: 0 }
    }
}

/// What connects the task with the rest of the realm.
#[derive(Debug)]
pub(crate) struct Wires {
    pub(crate) state: watch::Sender<UploadState>,
    pub(crate) orders: watch::Receiver<Orders>,
    pub(crate) session: watch::Receiver<Session>,
    pub(crate) events: EventSender,
}
