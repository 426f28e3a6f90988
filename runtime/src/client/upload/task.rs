//! The loop.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use asymmetric_protocol::ack::{Acknowledgement, Rejection};
use futures_util::{StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use tokio::{
    select,
    sync::watch,
    time::{Instant, sleep_until},
};
use tracing::Instrument as _;

use super::{
    UploadOptions, UploadState,
    answer::judge,
    backoff::{Backoff, random},
    cap::Cap,
    held::Held,
    pace::Pace,
    recovery::{Recovery, SUSPECT_AFTER, blames_batch},
    state::Situation,
    surroundings::{Change, LOOK_EVERY, Surroundings, World},
    transport::Transport,
    window::{Outgoing, Window},
};
use crate::client::{
    RequestError,
    events::{EventSender, SyncEvent},
    observe,
    outbox::{Outbox, RejectedObject, StoredChunk},
    progress::Progress,
    user::Session,
};

/// Settled chunks leave the file with the next write, or after this time without one.
const FLUSH_AFTER: Duration = Duration::from_millis(75);

/// While objects wait for the owner's condition, it is asked again after this time.
const ASK_AGAIN_AFTER: Duration = Duration::from_secs(5);

/// Whatever a server asks for, the device looks again after a day.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

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

/// The upload of one realm. [`run`](Self::run) ends when it is told to stop.
///
/// The disk is read and written right here: the task has a thread to itself.
pub(crate) struct Uploader<T> {
    outbox: Arc<Outbox>,
    transport: Arc<T>,
    options: UploadOptions,
    wires: Wires,
    progress: watch::Receiver<Progress>,
    surroundings: Surroundings,
    window: Window,
    held: Held,
    pace: Pace,
    cap: Cap,
    backoff: Backoff,
    in_flight: FuturesUnordered<BoxFuture<'static, Outcome>>,
    /// Told to everything in flight when the network it travels on is gone.
    interrupt: watch::Sender<()>,
    /// Nothing is sent before, because of a failure or at the server's wish.
    wait: Option<Wait>,
    /// The owner's condition did not hold, and is asked again then.
    held_until: Option<Instant>,
    look_at: Option<Instant>,
    flush_at: Option<Instant>,
    nudges: u64,
    logins: u64,
    /// The server has answered since the last failure.
    is_connected: bool,
    needs_login: bool,
}

#[derive(Clone, Copy, Debug)]
struct Wait {
    until: Instant,
    /// Nobody's wish makes it shorter.
    by_server: bool,
}

struct Outcome {
    batch: Outgoing,
    sent_at: Instant,
    result: Result<Acknowledgement, RequestError>,
}

enum Event {
    Ordered,
    Abandoned,
    Answered(Outcome),
    SessionChanged,
    MaySend,
    MustFlush,
    MustLook,
    MoreObjects,
}

impl<T: Transport> Uploader<T> {
    pub(crate) fn new(
        outbox: Arc<Outbox>,
        transport: T,
        options: UploadOptions,
        wires: Wires,
        world: Box<dyn World>,
    ) -> Self {
        let progress = outbox.progress().subscribe();
        let start = progress.borrow().settled_below;
        // The order of measurements is all that tells two of them apart in a time series.
        let is_ordered = outbox.identity().classes.iter().any(|class| class.time_series);
        let cap = options.bytes_per_second;
        let nudges = wires.orders.borrow().nudges;
        let logins = wires.session.borrow().logins;
        Self {
            outbox,
            transport: Arc::new(transport),
            wires,
            progress,
            surroundings: Surroundings::new(world),
            window: Window::new(start, is_ordered),
            held: Held::default(),
            pace: Pace::new(is_ordered, cap.map(std::num::NonZeroU64::get)),
            cap: Cap::new(cap),
            backoff: Backoff::new(options.delays),
            options,
            in_flight: FuturesUnordered::new(),
            interrupt: watch::Sender::new(()),
            wait: None,
            held_until: None,
            look_at: None,
            flush_at: None,
            nudges,
            logins,
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
            let Orders { control, nudges } = *self.wires.orders.borrow_and_update();
            if control == Control::Stop {
                break;
            }
            if nudges != self.nudges {
                self.nudges = nudges;
                self.hurry();
            }
            if self.may_send(control) && self.fill_window() == Recovery::Stop {
                break;
            }
            self.publish(control);
            match self.next_event(control).await {
                Event::Ordered | Event::MoreObjects => {}
                Event::Abandoned => break,
                Event::Answered(outcome) => self.conclude(outcome),
                Event::SessionChanged => self.keep_session(),
                Event::MaySend => self.forget_what_is_over(),
                Event::MustFlush => self.flush(),
                Event::MustLook => self.look(),
            }
        }
        self.flush();
        self.tell_state(UploadState::Stopped);
    }

    fn may_send(&self, control: Control) -> bool {
        control == Control::Run && self.wait.is_none() && self.held_until.is_none()
    }

    /// Waits for whatever happens first. Every branch is cancel safe.
    async fn next_event(&mut self, control: Control) -> Event {
        let now = Instant::now();
        let may_send = self.may_send(control);
        let has_room = may_send && self.in_flight.len() < self.pace.in_flight();
        let paid_at = self.cap.waits_until(now);
        let is_hungry = has_room && paid_at.is_none();
        let moments = [
            self.wait.map(|wait| wait.until),
            self.held_until,
            paid_at.filter(|_| has_room),
            self.window.next_due().filter(|_| is_hungry),
        ];
        let may_send_at = moments.into_iter().flatten().min();
        // Only who waits for the network looks at it; an idle upload does not wake the machine.
        let is_waiting = self.wait.is_some() || !self.in_flight.is_empty();
        if !is_waiting {
            self.look_at = None;
        } else if self.look_at.is_none() {
            self.surroundings.remember();
            self.look_at = Some(now + LOOK_EVERY);
        }
        let handed_out = self.window.next();
        let more_objects =
            async { self.progress.wait_for(|now| now.durable_below > handed_out).await.is_ok() };
        select! {
            changed = self.wires.orders.changed() => {
                if changed.is_ok() { Event::Ordered } else { Event::Abandoned }
            }
            Some(outcome) = self.in_flight.next() => Event::Answered(outcome),
            Ok(()) = self.wires.session.changed() => Event::SessionChanged,
            () = at(may_send_at) => Event::MaySend,
            () = at(self.flush_at) => Event::MustFlush,
            () = at(self.look_at) => Event::MustLook,
            true = more_objects, if is_hungry => Event::MoreObjects,
        }
    }

    /// Sends what there is room for. Answers what to do about a file that cannot be read.
    fn fill_window(&mut self) -> Recovery {
        const GO_ON: Recovery = Recovery::Retry { after: None };
        while self.in_flight.len() < self.pace.in_flight() {
            let now = Instant::now();
            let durable_below = self.progress.borrow().durable_below;
            let has_more = self.window.has_more(durable_below, now);
            if !has_more || self.cap.waits_until(now).is_some() {
                return GO_ON;
            }
            if !self.options.allows_now() {
                self.held_until = Some(now + ASK_AGAIN_AFTER);
                return GO_ON;
            }
            match self.window.take(&self.outbox, self.pace.limits(), now) {
                Ok(Some(batch)) => self.send(batch, now),
                Ok(None) => return GO_ON,
                Err(error) => {
                    tracing::error!(error = %chain(&error), "cannot read what is to be uploaded");
                    self.wait(self.backoff.longest(random()), false);
                    return Recovery::of_reading(&error);
                }
            }
        }
        GO_ON
    }

    fn send(&mut self, batch: Outgoing, now: Instant) {
        let (objects, bytes) = (batch.objects(), batch.bytes());
        let span = tracing::debug_span!("upload_batch", objects, bytes);
        let body = span
            .in_scope(|| self.transport.pack(batch.encode(&self.outbox), batch.is_compressed()));
        self.cap.spend(body.bytes.len() as u64, now);
        observe::sent(&body);
        self.outbox.progress().send_modify(|progress| progress.in_flight.add(objects, bytes));
        let transport = Arc::clone(&self.transport);
        let mut interrupted = self.interrupt.subscribe();
        let travel = async move {
            let result = select! {
                result = transport.upload(body) => result,
                Ok(()) = interrupted.changed() => Err(RequestError::Interrupted),
            };
            Outcome { batch, sent_at: now, result }
        };
        self.in_flight.push(Box::pin(travel.instrument(span)));
    }

    fn conclude(&mut self, Outcome { batch, sent_at, result }: Outcome) {
        let (objects, bytes) = (batch.objects(), batch.bytes());
        self.outbox.progress().send_modify(|progress| progress.in_flight.take(objects, bytes));
        match result {
            Ok(answer) => {
                let round_trip = sent_at.elapsed();
                self.pace.answered(bytes, round_trip);
                observe::answered(round_trip);
                self.is_connected = true;
                self.needs_login = false;
                self.accept(batch, &answer, round_trip);
                if let Some(millis) = answer.backoff_ms {
                    self.wait(Duration::from_millis(millis), true);
                }
            }
            Err(error) => self.fail(batch, error),
        }
    }

    fn accept(&mut self, batch: Outgoing, answer: &Acknowledgement, round_trip: Duration) {
        if self.record(batch, answer, round_trip) {
            self.window.note_accepted();
            self.backoff.reset();
        } else {
            // An answer without progress counts as a failure, or the two would race in circles.
            let wait = self.backoff.next(random());
            self.wait(wait, false);
        }
    }

    /// Does what an answer says. Whether it settled anything.
    fn record(&mut self, batch: Outgoing, answer: &Acknowledgement, round_trip: Duration) -> bool {
        let now = self.surroundings.wall_clock();
        let classes = &self.outbox.identity().classes;
        let verdict = judge(batch.pieces.clone(), answer, classes, now);
        let made_progress = !verdict.settled.is_empty();
        if !verdict.open.is_empty() {
            self.window.give_back(&batch.only(verdict.open), false, None);
        }
        let (chunks, rejected) = self.window.settle(verdict.settled, verdict.rejected);
        self.settle(chunks, rejected, round_trip);
        made_progress
    }

    /// Records what became of chunks, and tells it.
    fn settle(
        &mut self,
        chunks: Vec<StoredChunk>,
        rejected: Vec<RejectedObject>,
        round_trip: Duration,
    ) {
        let before = self.acknowledged();
        let chunks = self.held.sort(chunks, rejected);
        self.outbox.settle(&chunks);
        let rejected = self.outbox.settle_rejected(|settled_below| self.held.next(settled_below));
        let (objects, bytes) = self.acknowledged();
        let (objects, bytes) = (objects - before.0, bytes - before.1);
        if objects > 0 {
            observe::acknowledged(objects, bytes);
            self.wires.events.send(SyncEvent::Acknowledged { objects, bytes, round_trip });
        }
        match rejected {
            Ok(rejected) => self.tell_rejected(rejected),
            // They are sent again when the file is opened again.
            Err(error) => tracing::error!(%error, "rejected objects could not be recorded"),
        }
        if self.flush_at.is_none() && self.outbox.needs_flush() {
            self.flush_at = Some(Instant::now() + FLUSH_AFTER);
        }
    }

    /// Objects, and their bytes.
    fn acknowledged(&self) -> (u64, u64) {
        let progress = self.outbox.progress().borrow();
        (progress.acknowledged, progress.acknowledged_bytes)
    }

    fn tell_rejected(&self, rejected: Vec<RejectedObject>) {
        for object in rejected {
            let RejectedObject { sequence, class, code, reason, .. } = &object;
            observe::rejected(code);
            tracing::warn!(%sequence, class, %code, reason, "the server rejected an object");
            if let Some(callback) = &self.options.on_rejected
                && catch_unwind(AssertUnwindSafe(|| callback(&object))).is_err()
            {
                tracing::error!(%sequence, "the callback for rejected objects panicked");
            }
            self.wires.events.send(SyncEvent::Rejected(object));
        }
    }

    fn fail(&mut self, batch: Outgoing, error: RequestError) {
        self.is_connected = false;
        let history = self.window.history(&batch);
        let is_its_fault = blames_batch(&error);
        let recovery = Recovery::of(&error, history);
        tracing::debug!(error = %chain(&error), ?recovery, "an upload failed");
        observe::failed(&error);
        if is_its_fault {
            self.pace.failed();
        }
        match recovery {
            Recovery::Reject { code, reason } => {
                let pieces = batch.pieces.iter();
                let sequences = pieces.flat_map(|piece| piece.chunk.sequences());
                let rejection =
                    |sequence| Rejection { sequence, code: code.clone(), reason: reason.clone() };
                let rejected = sequences.map(rejection).collect();
                let answer = Acknowledgement { rejected, ..Acknowledgement::default() };
                self.record(batch, &answer, Duration::ZERO);
            }
            Recovery::Split { at_once } => {
                if at_once {
                    self.pace.shrink_below(batch.bytes());
                }
                self.window.give_back_halves(&batch);
                if !at_once && !history.others_pass {
                    self.back_off();
                }
            }
            Recovery::Retry { after: None }
                if is_its_fault && history.others_pass && !history.is_ordered =>
            {
                // The others go on.
                let alone = history.failures.saturating_sub(SUSPECT_AFTER);
                let wait = self.backoff.after(alone, random());
                self.window.give_back(&batch, true, Some(Instant::now() + wait));
            }
            Recovery::Retry { after } => {
                self.window.give_back(&batch, is_its_fault, None);
                match after {
                    Some(after) => self.wait(after, true),
                    None => self.back_off(),
                }
            }
            Recovery::RetrySlowly => {
                tracing::error!(error = %chain(&error), "the server does not accept the upload");
                self.window.give_back(&batch, is_its_fault, None);
                self.wait(self.backoff.longest(random()), false);
            }
            Recovery::LogIn | Recovery::Stop => {
                if !self.needs_login {
                    tracing::warn!(error = %chain(&error), "the user has to log in again");
                }
                self.needs_login = true;
                self.window.give_back(&batch, false, None);
                self.wait(self.backoff.longest(random()), false);
            }
        }
        self.wires.events.send(SyncEvent::Failed { error: Arc::new(error) });
    }

    /// Waits after a failure. The batches in flight fail together; they are one failure.
    fn back_off(&mut self) {
        if self.wait.is_none() {
            let wait = self.backoff.next(random());
            self.wait(wait, false);
        }
    }

    /// Sends nothing for this time, or for longer if that was the plan already.
    fn wait(&mut self, time: Duration, by_server: bool) {
        let until = Instant::now() + time.min(LONGEST_WAIT);
        match &mut self.wait {
            Some(wait) if wait.until >= until => {}
            wait => *wait = Some(Wait { until, by_server }),
        }
    }

    /// Tries at once, unless the server asked for time.
    fn hurry(&mut self) {
        self.held_until = None;
        self.wait = self.wait.filter(|wait| wait.by_server);
        self.backoff.reset();
    }

    fn forget_what_is_over(&mut self) {
        let now = Instant::now();
        self.wait = self.wait.filter(|wait| wait.until > now);
        self.held_until = self.held_until.filter(|until| *until > now);
    }

    /// Looks whether the network or the clock has changed meanwhile.
    fn look(&mut self) {
        self.look_at = Some(Instant::now() + LOOK_EVERY);
        let Some(change) = self.surroundings.look() else { return };
        tracing::debug!(?change, "the surroundings have changed");
        if change == Change::Network {
            // What is on its way travels on a network that may be gone.
            self.interrupt.send_replace(());
        }
        self.hurry();
    }

    fn keep_session(&mut self) {
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

    /// Makes durable what was settled.
    fn flush(&mut self) {
        self.flush_at = None;
        if let Err(error) = self.outbox.flush() {
            // Nothing is lost: what was acknowledged is sent again and recognised.
            tracing::error!(error = %chain(&error), "acknowledged objects could not be removed");
        }
    }

    fn publish(&self, control: Control) {
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

    fn tell_state(&self, now: UploadState) {
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
