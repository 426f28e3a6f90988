//! When nothing is sent, and what ends that: time, the owner, a login, another network.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    super::{
        backoff::random,
        surroundings::{Change, LOOK_EVERY},
        transport::Transport,
    },
    uploader::{Uploader, Wait},
};
use crate::client::{error::chain, user::Session};

/// Whatever a server asks for, the device looks again after a day.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

impl<T: Transport> Uploader<T> {
    /// Waits after a failure. The batches in flight fail together; they are one failure.
    pub(super) fn back_off(&mut self) {
        if self.wait.is_none() {
            let wait = self.backoff.next(random());
            self.wait(wait, false);
        }
    }

    /// Sends nothing for this time, or for longer if that was the plan already.
    pub(super) fn wait(&mut self, time: Duration, by_server: bool) {
        let until = Instant::now() + time.min(LONGEST_WAIT);
        match &mut self.wait {
            Some(wait) if wait.until >= until => {}
            wait => *wait = Some(Wait { until, by_server }),
        }
    }

    /// Tries at once, unless the server asked for time.
    pub(super) fn hurry(&mut self) {
        self.held_until = None;
        self.wait = self.wait.filter(|wait| wait.by_server);
        self.backoff.reset();
    }

    pub(super) fn forget_what_is_over(&mut self) {
        let now = Instant::now();
        self.wait = self.wait.filter(|wait| wait.until > now);
        self.held_until = self.held_until.filter(|until| *until > now);
    }

    /// Looks whether the network or the clock has changed meanwhile.
    pub(super) fn look(&mut self) {
        self.look_at = Some(Instant::now() + LOOK_EVERY);
        let Some(change) = self.surroundings.look() else { return };
        tracing::debug!(?change, "the surroundings have changed");
        if change == Change::Network {
            // What is on its way travels on a network that may be gone.
            self.interrupt.send_replace(());
        }
        self.hurry();
    }

    pub(super) fn keep_session(&mut self) {
        let Session { stored: session, logins } = self.wires.session.borrow_and_update().clone();
        if logins != self.logins {
            // Somebody did what was waited for. A login of the upload's own is no such news: with a
            // server that accepts logins and nothing else, the two would race in circles.
            self.logins = logins;
            self.needs_login = false;
            self.hurry();
        }
        if self.outbox.session().is_ok_and(|stored| stored == session) {
            return;
        }
        if let Err(error) = self.outbox.store_session(session.as_ref()) {
            tracing::error!(error = %chain(&error), "the session could not be stored");
        }
    }
}
