//! An outbox, its upload and its server.

use std::{
    convert::Infallible,
    net::IpAddr,
    ops::ControlFlow,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use asymmetric_protocol::{SequenceNumber, chunk::Objects};
use asymmetric_schema::{
    Granularity, ObjectSchema, PropertySchema, PropertyType, RealmSchema, Shared, TimeSeries,
};
use bson::doc;
use tempfile::TempDir;
use tokio::{sync::watch, task::JoinHandle, time::Instant};

use super::server::{Reply, Server};
use crate::client::{
    RetryDelays, UploadState,
    events::{EventSender, SyncEvents},
    outbox::{Durability, Outbox, StoredSession},
    progress::Progress,
    upload::{Control, Orders, UploadOptions, Uploader, Wires, surroundings},
    user::Session,
};

const PROPERTIES: &[PropertySchema] = &[PropertySchema::new("_id", PropertyType::Long)];
const CLASSES: &[ObjectSchema] = &[ObjectSchema::new("Reading", PROPERTIES)];
pub(super) const SCHEMA: RealmSchema = RealmSchema::new(CLASSES);

const MEASUREMENTS: &[ObjectSchema] = &[ObjectSchema::new("Measurement", PROPERTIES)
    .as_time_series(TimeSeries {
        time: Shared::Static("takenAt"),
        meta: None,
        granularity: Granularity::Seconds,
    })];
const ORDERED: RealmSchema = RealmSchema::new(MEASUREMENTS);

pub(super) const DELAYS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// A machine whose clock and network the test sets.
#[derive(Clone, Debug)]
pub(super) struct Machine {
    started: Instant,
    /// What the wall clock shows beyond the time that timers have counted.
    pub(super) slept: Arc<Mutex<Duration>>,
    pub(super) network: Arc<Mutex<Option<IpAddr>>>,
}

impl Machine {
    pub(super) fn new() -> Self {
        let network = Arc::new(Mutex::new(Some(IpAddr::from([10, 0, 0, 7]))));
        Self { started: Instant::now(), slept: Arc::default(), network }
    }
}

impl surroundings::World for Machine {
    fn wall_clock(&self) -> SystemTime {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        now + self.started.elapsed() + *self.slept.lock().unwrap()
    }

    fn network(&self) -> Option<(Option<IpAddr>, Option<IpAddr>)> {
        self.network.lock().unwrap().map(|address| (Some(address), None))
    }
}

/// A directory with the file of an outbox.
#[derive(Debug)]
pub(super) struct Place(TempDir);

impl Place {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(super) fn path(&self) -> PathBuf {
        self.0.path().join("test.realm")
    }

    pub(super) fn open(&self) -> Arc<Outbox> {
        Arc::new(Outbox::open(&self.path(), "app", &SCHEMA).unwrap())
    }

    /// An outbox whose objects are sent in order.
    pub(super) fn open_ordered(&self) -> Arc<Outbox> {
        Arc::new(Outbox::open(&self.path(), "app", &ORDERED).unwrap())
    }
}

pub(super) struct World {
    _place: Place,
    pub(super) outbox: Arc<Outbox>,
    pub(super) server: Arc<Server>,
    pub(super) state: watch::Receiver<UploadState>,
    pub(super) orders: watch::Sender<Orders>,
    pub(super) session: watch::Sender<Session>,
    pub(super) machine: Machine,
    pub(super) events: SyncEvents,
    task: JoinHandle<()>,
}

pub(super) fn options() -> UploadOptions {
    UploadOptions { delays: RetryDelays::new(DELAYS.0, DELAYS.1), ..UploadOptions::default() }
}

impl World {
    pub(super) fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self::with_objects(replies, [])
    }

    /// Starts the upload over an outbox that holds these transactions already.
    pub(super) fn with_objects(
        replies: impl IntoIterator<Item = Reply>,
        transactions: impl IntoIterator<Item = usize>,
    ) -> Self {
        Self::with(replies, transactions, options(), |_| {})
    }

    /// The same, with a server and options of the test's making.
    pub(super) fn with(
        replies: impl IntoIterator<Item = Reply>,
        transactions: impl IntoIterator<Item = usize>,
        options: UploadOptions,
        prepare: impl FnOnce(&Server),
    ) -> Self {
        let place = Place::new();
        let outbox = place.open();
        Self::over(place, outbox, replies, transactions, options, prepare)
    }

    /// The same, over an outbox of the test's choice.
    pub(super) fn over(
        place: Place,
        outbox: Arc<Outbox>,
        replies: impl IntoIterator<Item = Reply>,
        transactions: impl IntoIterator<Item = usize>,
        options: UploadOptions,
        prepare: impl FnOnce(&Server),
    ) -> Self {
        for objects in transactions {
            write(&outbox, objects, 0);
        }
        let server = Arc::new(Server::default());
        prepare(&server);
        server.replies.lock().unwrap().extend(replies);
        let state = watch::Sender::new(UploadState::Idle);
        let (orders, commands) = watch::channel(Orders::default());
        let session = watch::Sender::new(Session::default());
        let watched = state.subscribe();
        let machine = Machine::new();
        let sender = EventSender::new();
        let events = sender.source(&outbox).subscribe();
        let uploader = Uploader::new(
            Arc::clone(&outbox),
            Arc::clone(&server),
            options,
            Wires { state, orders: commands, session: session.subscribe(), events: sender },
            Box::new(machine.clone()),
        );
        let task = tokio::spawn(uploader.run());
        let state = watched;
        Self { _place: place, outbox, server, state, orders, session, machine, events, task }
    }

    pub(super) fn control(&self, control: Control) {
        self.orders.send_modify(|orders| orders.control = control);
    }

    pub(super) fn nudge(&self) {
        self.orders.send_modify(|orders| orders.nudges += 1);
    }

    pub(super) fn pending(&self) -> u64 {
        self.outbox.progress().borrow().pending_objects()
    }

    pub(super) async fn settled(&self) -> Progress {
        let mut progress = self.outbox.progress().subscribe();
        let target = progress.borrow().durable_below;
        progress.wait_for(|now| now.settled_below >= target).await.unwrap().clone()
    }

    /// The same, and how long it took.
    pub(super) async fn settled_after(&self) -> Duration {
        let start = Instant::now();
        self.settled().await;
        start.elapsed()
    }

    pub(super) async fn state(&mut self, wanted: impl FnMut(&UploadState) -> bool) {
        self.state.wait_for(wanted).await.unwrap();
    }

    pub(super) async fn offline(&mut self) {
        self.state(|state| matches!(state, UploadState::Offline { .. })).await;
    }

    pub(super) async fn stop(self) -> Arc<Server> {
        self.control(Control::Stop);
        self.task.await.unwrap();
        assert_eq!(*self.state.borrow(), UploadState::Stopped);
        assert_eq!(
            left(&self.outbox).len() as u64,
            self.outbox.progress().borrow().pending_objects()
        );
        assert_eq!(self.outbox.progress().borrow().in_flight_objects(), 0);
        self.server
    }
}

/// The session of a user.
pub(super) fn session() -> StoredSession {
    StoredSession {
        user_id: "u".into(),
        device_id: "d".into(),
        refresh_token: "r".into(),
        provider: "api-key".into(),
    }
}

/// The objects that the file holds.
pub(super) fn left(outbox: &Outbox) -> Vec<u64> {
    let mut left = Vec::new();
    let read = outbox.read_chunks(SequenceNumber::new(0), |chunk| {
        left.extend(chunk.sequences().map(SequenceNumber::get));
        ControlFlow::Continue(())
    });
    read.unwrap();
    left
}

/// Writes one transaction of objects, each with this much padding.
pub(super) fn write(outbox: &Outbox, objects: usize, padding: usize) {
    let mut transaction = Objects::new();
    for number in 0..objects {
        let pushed = transaction.push_with(outbox.identity().members[0], |out| {
            let id = i64::try_from(number).unwrap();
            out.extend(doc! { "_id": id, "padding": "x".repeat(padding) }.to_vec().unwrap());
            Ok::<_, Infallible>(())
        });
        assert!(pushed.is_ok());
    }
    outbox.commit(&mut transaction, Durability::Durable).unwrap();
}
