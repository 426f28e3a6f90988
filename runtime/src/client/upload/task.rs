//! The loop.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use asymmetric_protocol::ack::Acknowledgement;
use futures_util::{StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use tokio::{
    select,
    sync::watch,
    time::{Instant, sleep_until},
};

use super::{
    RetryDelays, UploadState,
    answer::judge,
    backoff::{Backoff, random},
    recovery::Recovery,
    transport::Transport,
    window::{Outgoing, Window},
};
use crate::client::{
    RequestError,
    outbox::{Outbox, RejectedObject, StoredSession},
    progress::Progress,
};

/// Batches on their way at the same time. More gained nothing in measurements.
const IN_FLIGHT: usize = 4;

/// Settled chunks leave the file with the next write, or after this time without one.
const FLUSH_AFTER: Duration = Duration::from_millis(75);

/// Whatever a server asks for, the device looks again after a day.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// What the owner of the realm wants of the task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Control {
    Run,
    Pause,
    Stop,
}

/// The upload of one realm. [`run`](Self::run) ends when it is told to stop.
///
/// The disk is read and written right here: the task has a thread to itself.
pub(crate) struct Uploader<T> {
    outbox: Arc<Outbox>,
    transport: Arc<T>,
    state: watch::Sender<UploadState>,
    control: watch::Receiver<Control>,
    progress: watch::Receiver<Progress>,
    session: watch::Receiver<Option<StoredSession>>,
    window: Window,
    in_flight: FuturesUnordered<BoxFuture<'static, Outcome>>,
    max_in_flight: usize,
    backoff: Backoff,
    /// Nothing is sent before, because of a failure or at the server's wish.
    not_before: Option<Instant>,
    flush_at: Option<Instant>,
    /// The server has answered since the last failure.
    is_connected: bool,
    needs_login: bool,
}

struct Outcome {
    batch: Outgoing,
    result: Result<Acknowledgement, RequestError>,
}

enum Event {
    Controlled,
    Abandoned,
    Answered(Outcome),
    SessionChanged,
    MaySend,
    MustFlush,
    MoreObjects,
}

impl<T: Transport> Uploader<T> {
    pub(crate) fn new(
        outbox: Arc<Outbox>,
        transport: T,
        delays: RetryDelays,
        state: watch::Sender<UploadState>,
        control: watch::Receiver<Control>,
        session: watch::Receiver<Option<StoredSession>>,
    ) -> Self {
        let progress = outbox.progress().subscribe();
        let start = progress.borrow().settled_below;
        // The order of measurements is all that tells two of them apart in a time series.
        let is_ordered = outbox.identity().classes.iter().any(|class| class.time_series);
        Self {
            outbox,
            transport: Arc::new(transport),
            state,
            control,
            progress,
            session,
            window: Window::new(start),
            in_flight: FuturesUnordered::new(),
            max_in_flight: if is_ordered { 1 } else { IN_FLIGHT },
            backoff: Backoff::new(delays),
            not_before: None,
            flush_at: None,
            is_connected: false,
            needs_login: false,
        }
    }

    /// Uploads until it is told to stop, or until nobody is left who could tell it.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any time: what was not acknowledged is sent again.
    pub(crate) async fn run(mut self) {
        loop {
            let control = *self.control.borrow_and_update();
            if control == Control::Stop {
                break;
            }
            let may_send =
                control == Control::Run && !self.needs_login && self.not_before.is_none();
            if may_send {
                self.fill_window();
            }
            self.publish(control);
            match self.next_event(may_send).await {
                Event::Controlled | Event::MoreObjects => {}
                Event::Abandoned => break,
                Event::Answered(outcome) => self.conclude(outcome),
                Event::SessionChanged => self.keep_session(),
                Event::MaySend => self.not_before = None,
                Event::MustFlush => self.flush(),
            }
        }
        self.flush();
        self.state.send_replace(UploadState::Stopped);
    }

    /// Waits for whatever happens first. Every branch is cancel safe.
    async fn next_event(&mut self, may_send: bool) -> Event {
        let has_room = may_send && self.in_flight.len() < self.max_in_flight;
        let handed_out = self.window.next();
        let more_objects =
            async { self.progress.wait_for(|now| now.durable_below > handed_out).await.is_ok() };
        select! {
            changed = self.control.changed() => {
                if changed.is_ok() { Event::Controlled } else { Event::Abandoned }
            }
            Some(outcome) = self.in_flight.next() => Event::Answered(outcome),
            Ok(()) = self.session.changed() => Event::SessionChanged,
            () = at(self.not_before) => Event::MaySend,
            () = at(self.flush_at) => Event::MustFlush,
            true = more_objects, if has_room => Event::MoreObjects,
        }
    }

    fn fill_window(&mut self) {
        while self.in_flight.len() < self.max_in_flight {
            let durable_below = self.progress.borrow().durable_below;
            if !self.window.has_more(durable_below) {
                return;
            }
            let batch = match self.window.take(&self.outbox) {
                Ok(Some(batch)) => batch,
                Ok(None) => return,
                Err(error) => {
                    tracing::error!(error = %chain(&error), "cannot read what is to be uploaded");
                    self.wait(self.backoff.longest(random()));
                    return;
                }
            };
            let body = batch.encode(&self.outbox);
            let transport = Arc::clone(&self.transport);
            self.in_flight.push(Box::pin(async move {
                let result = transport.upload(body).await;
                Outcome { batch, result }
            }));
        }
    }

    fn conclude(&mut self, Outcome { batch, result }: Outcome) {
        match result {
            Ok(answer) => self.accept(batch, &answer),
            Err(error) => self.fail(&batch, &error),
        }
    }

    fn accept(&mut self, batch: Outgoing, answer: &Acknowledgement) {
        let verdict = judge(batch, answer, &self.outbox.identity().classes);
        for object in &verdict.rejected {
            let RejectedObject { sequence, class, code, reason, .. } = object;
            tracing::warn!(%sequence, class, %code, reason, "the server rejected an object");
        }
        let is_partial = !verdict.open.is_empty();
        self.window.give_back(&verdict.open);
        self.outbox.settle(&verdict.settled, verdict.rejected);
        if self.flush_at.is_none() && self.outbox.needs_flush() {
            self.flush_at = Some(Instant::now() + FLUSH_AFTER);
        }
        self.is_connected = true;
        if is_partial && verdict.settled.is_empty() {
            // An answer without progress counts as a failure, or the two would race in circles.
            let wait = self.backoff.next(random());
            self.wait(wait);
        } else {
            self.backoff.reset();
        }
        if let Some(millis) = answer.backoff_ms {
            self.wait(Duration::from_millis(millis));
        }
    }

    fn fail(&mut self, batch: &Outgoing, error: &RequestError) {
        self.window.give_back(&batch.chunks);
        self.is_connected = false;
        let recovery = Recovery::from(error);
        tracing::debug!(error = %chain(error), ?recovery, "an upload failed");
        match recovery {
            Recovery::Retry { after: Some(after) } => self.wait(after),
            // The batches in flight fail together; they are one failure.
            Recovery::Retry { after: None } if self.not_before.is_some() => {}
            Recovery::Retry { after: None } => {
                let wait = self.backoff.next(random());
                self.wait(wait);
            }
            Recovery::RetrySlowly => {
                tracing::error!(error = %chain(error), "the server does not accept the upload");
                self.wait(self.backoff.longest(random()));
            }
            Recovery::SendLess if batch.chunks.len() > 1 => self.window.shrink_below(batch),
            Recovery::SendLess => {
                tracing::error!(error = %chain(error), "the server does not accept this size");
                self.wait(self.backoff.longest(random()));
            }
            Recovery::LogIn => {
                tracing::warn!(error = %chain(error), "the user has to log in again");
                self.needs_login = true;
            }
        }
    }

    /// Sends nothing for this time, or for longer if that was the plan already.
    fn wait(&mut self, time: Duration) {
        let until = Instant::now() + time.min(LONGEST_WAIT);
        self.not_before = Some(self.not_before.map_or(until, |planned| planned.max(until)));
    }

    fn keep_session(&mut self) {
        self.needs_login = false;
        let session = self.session.borrow_and_update().clone();
        if self.outbox.session().is_ok_and(|stored| stored == session) {
            return;
        }
        if let Err(error) = self.outbox.store_session(session.as_ref()) {
            tracing::error!(error = %chain(&error), "the session could not be stored");
        }
    }

    fn flush(&mut self) {
        self.flush_at = None;
        if let Err(error) = self.outbox.flush() {
            // Nothing is lost: what was acknowledged is sent again and recognised.
            tracing::error!(error = %chain(&error), "acknowledged objects could not be removed");
        }
    }

    fn publish(&self, control: Control) {
        let now = if control == Control::Pause {
            UploadState::Paused
        } else if self.needs_login {
            UploadState::LoginRequired
        } else if let Some(instant) = self.not_before {
            let left = instant.saturating_duration_since(Instant::now());
            UploadState::Offline { retry_at: SystemTime::now() + left }
        } else if self.in_flight.is_empty() {
            UploadState::Idle
        } else if self.is_connected {
            UploadState::Uploading
        } else {
            UploadState::Connecting
        };
        self.state.send_if_modified(|state| {
            // The moment of the next attempt is computed anew each time; it has not changed.
            let is_same = matches!(
                (&*state, &now),
                (UploadState::Offline { .. }, UploadState::Offline { .. })
            ) || *state == now;
            if !is_same {
                tracing::debug!(state = ?now, "upload");
                *state = now;
            }
            !is_same
        });
    }
}

/// Waits for a moment; for ever if there is none.
async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// The error and its causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
