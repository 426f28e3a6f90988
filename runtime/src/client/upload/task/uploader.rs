//! The loop: waits for whatever happens first.

use std::sync::Arc;

use asymmetric_protocol::ack::Acknowledgement;
use futures_util::{StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use tokio::{
    select,
    sync::watch,
    time::{Instant, sleep_until},
};

use super::{
    super::{
        UploadOptions, UploadState,
        announcing::Announcing,
        backoff::Backoff,
        cap::Cap,
        held::Held,
        pace::Pace,
        recovery::Recovery,
        surroundings::{LOOK_EVERY, Surroundings, World},
        transport::Transport,
        window::{Outgoing, Window},
    },
    orders::{Control, Orders, Wires},
};
use crate::client::{RequestError, outbox::Outbox, progress::Progress};

/// The upload of one realm. [`run`](Self::run) ends when it is told to stop.
///
/// The disk is read and written right here: the task has a thread to itself.
pub(crate) struct Uploader<T> {
    pub(super) outbox: Arc<Outbox>,
    pub(super) transport: Arc<T>,
    pub(super) options: UploadOptions,
    pub(super) wires: Wires,
    pub(super) progress: watch::Receiver<Progress>,
    pub(super) surroundings: Surroundings,
    pub(super) window: Window,
    pub(super) held: Held,
    pub(super) announcing: Announcing,
    pub(super) pace: Pace,
    pub(super) cap: Cap,
    pub(super) backoff: Backoff,
    pub(super) in_flight: FuturesUnordered<BoxFuture<'static, Outcome>>,
    /// Told to everything in flight when the network it travels on is gone.
    pub(super) interrupt: watch::Sender<()>,
    /// Nothing is sent before, because of a failure or at the server's wish.
    pub(super) wait: Option<Wait>,
    /// The owner's condition did not hold, and is asked again then.
    pub(super) held_until: Option<Instant>,
    pub(super) look_at: Option<Instant>,
    pub(super) flush_at: Option<Instant>,
    pub(super) nudges: u64,
    pub(super) logins: u64,
    /// The server has answered since the last failure.
    pub(super) is_connected: bool,
    pub(super) needs_login: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Wait {
    pub(super) until: Instant,
    /// Nobody's wish makes it shorter.
    pub(super) by_server: bool,
}

pub(super) struct Outcome {
    pub(super) batch: Outgoing,
    pub(super) sent_at: Instant,
    pub(super) result: Result<Acknowledgement, RequestError>,
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
            announcing: Announcing::default(),
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
        // A login of the last moment, or the realm would be that of another user when it is opened.
        self.keep_session();
        self.flush();
        self.tell_state(UploadState::Stopped);
    }

    pub(super) fn may_send(&self, control: Control) -> bool {
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
}

/// Waits for a moment; for ever if there is none.
async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
