//! The states that the upload publishes, and what each of them follows from.

use std::time::{Duration, SystemTime};

/// What the upload of a realm is doing.
///
/// ```text
///            ┌────────────────── everything is settled ───────────────────────┐
///            ▼                                                                │
///   Idle ── objects ──▶ Connecting ── first answer ──▶ Uploading ─────────────┤
///                        ▲  ▲   │                          │                  │
///       time is up, or   │  │   └────── no success ────────┤                  │
///       the network came │  │                              ▼                  │
///       back, or a nudge │  └──────────────────────  Offline { retry_at }     │
///                        │                                                    │
///                        └── log_in_again, or time ── LoginRequired ◀─────────┘
///                                                                 no valid session
///   from every state:   pause, or only_when says no ──▶ Paused ── resume, or yes ──▶ back
///                       realm closed, file unreadable ──▶ Stopped
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UploadState {
    /// Nothing is sent: [`SyncSession::pause`](crate::SyncSession::pause) was called, or
    /// [`RealmBuilder::only_when`](crate::RealmBuilder::only_when) says that this is not the time.
    Paused,
    /// The server could not be reached, or was not able to accept objects.
    Offline {
        /// When the next attempt is made, at the latest.
        retry_at: SystemTime,
    },
    /// Objects are on their way and nothing has been answered yet.
    Connecting,
    /// The server answers.
    Uploading,
    /// There is nothing to upload.
    Idle,
    /// The session is over and the server gives no new one; objects stay stored. See
    /// [`User::log_in_again`](crate::User::log_in_again). The session is tried again from time to
    /// time all the same: the server may have been restored.
    LoginRequired,
    /// The realm was closed, or its file cannot be read any more.
    Stopped,
}

impl UploadState {
    /// A word for logs and metrics.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Paused => "paused",
            Self::Offline { .. } => "offline",
            Self::Connecting => "connecting",
            Self::Uploading => "uploading",
            Self::Idle => "idle",
            Self::LoginRequired => "login_required",
            Self::Stopped => "stopped",
        }
    }
}

/// Everything that the published state follows from.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct Situation {
    /// The owner wants nothing to be sent.
    pub(super) is_paused: bool,
    /// Objects wait, and the condition of the owner does not hold.
    pub(super) is_held_back: bool,
    pub(super) needs_login: bool,
    /// The time until the next attempt.
    pub(super) waits: Option<Duration>,
    /// Batches are on their way.
    pub(super) is_sending: bool,
    /// Objects wait, for bandwidth or for the moment of their next attempt.
    pub(super) is_behind: bool,
    /// The server has answered since the last failure.
    pub(super) is_connected: bool,
}

impl Situation {
    /// The state to publish. The first rule that applies counts.
    pub(super) fn state(self, now: SystemTime) -> UploadState {
        if self.is_paused {
            UploadState::Paused
        } else if self.needs_login {
            UploadState::LoginRequired
        } else if let Some(left) = self.waits {
            UploadState::Offline { retry_at: now + left }
        } else if self.is_held_back && !self.is_sending {
            UploadState::Paused
        } else if !self.is_sending && !self.is_behind {
            UploadState::Idle
        } else if self.is_connected {
            UploadState::Uploading
        } else {
            UploadState::Connecting
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_follows_from_its_situation() {
        let now = SystemTime::UNIX_EPOCH;
        let idle = Situation::default();
        let sending = Situation { is_sending: true, ..idle };
        let waiting = Situation { waits: Some(Duration::from_secs(3)), ..idle };
        let offline = UploadState::Offline { retry_at: now + Duration::from_secs(3) };
        let table = [
            (idle, UploadState::Idle),
            (Situation { is_connected: true, ..idle }, UploadState::Idle),
            (sending, UploadState::Connecting),
            (Situation { is_connected: true, ..sending }, UploadState::Uploading),
            (Situation { is_behind: true, is_connected: true, ..idle }, UploadState::Uploading),
            (waiting, offline.clone()),
            (Situation { is_sending: true, ..waiting }, offline),
            (Situation { is_held_back: true, ..idle }, UploadState::Paused),
            (Situation { is_held_back: true, ..sending }, UploadState::Connecting),
            (Situation { needs_login: true, ..waiting }, UploadState::LoginRequired),
            (Situation { is_paused: true, needs_login: true, ..waiting }, UploadState::Paused),
        ];
        for (situation, state) in table {
            assert_eq!(situation.state(now), state, "{situation:?}");
        }
    }
}
