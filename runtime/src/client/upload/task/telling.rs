//! The state that is published.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    super::{UploadState, state::Situation, transport::Transport},
    orders::Control,
    uploader::Uploader,
};
use crate::client::{events::SyncEvent, observe};

impl<T: Transport> Uploader<T> {
    pub(super) fn publish(&self, control: Control) {
        let now = Instant::now();
        let durable_below = self.progress.borrow().durable_below;
        let situation = Situation {
            is_paused: control == Control::Pause,
            is_held_back: self.held_until.is_some(),
            needs_login: self.needs_login,
            waits: self.wait.map(|wait| wait.until.saturating_duration_since(now)),
            is_sending: !self.in_flight.is_empty(),
            is_behind: self.window.is_behind(durable_below),
            is_connected: self.is_connected,
        };
        self.tell_state(situation.state(self.surroundings.wall_clock()));
    }

    pub(super) fn tell_state(&self, now: UploadState) {
        let mut changed = None;
        self.wires.state.send_if_modified(|state| {
            // The moment of the next attempt is computed anew each time; unless the wait or the
            // clock has changed it is the same.
            let is_same = match (&*state, &now) {
                (
                    UploadState::Offline { retry_at: old },
                    UploadState::Offline { retry_at: new },
                ) => {
                    let apart = old.duration_since(*new).or_else(|_| new.duration_since(*old));
                    apart.is_ok_and(|apart| apart < Duration::from_secs(1))
                }
                (old, new) => old == new,
            };
            if !is_same {
                state.clone_from(&now);
                changed = Some(now);
            }
            changed.is_some()
        });
        if let Some(state) = changed {
            tracing::debug!(?state, "upload");
            observe::state(&state);
            self.wires.events.send(SyncEvent::StateChanged(state));
        }
    }
}
