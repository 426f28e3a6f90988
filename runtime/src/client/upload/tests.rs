//! The loop against a server of the test's making, on a paused clock.

use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};

use asymmetric_protocol::{
    SequenceNumber,
    ack::{Acknowledgement, Rejection, RejectionCode},
    batch::Batch,
    chunk::Objects,
    limits::CHUNK_BYTES,
};
use asymmetric_schema::{ObjectSchema, PropertySchema, PropertyType, RealmSchema};
use bson::doc;
use tempfile::TempDir;
use tokio::{sync::watch, task::JoinHandle, time::Instant};

use super::{task::Uploader, transport::Transport, *};
use crate::client::{
    RequestError,
    outbox::{Durability, Outbox, StoredSession},
    progress::Progress,
};

const PROPERTIES: &[PropertySchema] = &[PropertySchema::new("_id", PropertyType::Long)];
const CLASSES: &[ObjectSchema] = &[ObjectSchema::new("Reading", PROPERTIES)];
const SCHEMA: RealmSchema = RealmSchema::new(CLASSES);

const DELAYS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// What the server does with a batch.
enum Reply {
    Acknowledge,
    /// Everything is stored, but the connection breaks before the answer is through.
    LoseAnswer,
    /// Only this many objects are spoken of.
    AcknowledgeFirst(u64),
    RejectAll,
    Refuse {
        status: u16,
        retry_after: Option<Duration>,
    },
}

#[derive(Default)]
struct Server {
    replies: Mutex<VecDeque<Reply>>,
    /// Sequence numbers of the batches in the order of arrival.
    received: Mutex<Vec<Vec<u64>>>,
    stored: Mutex<Vec<u64>>,
    /// Batches of more bytes are refused with 413.
    max_bytes: Mutex<Option<usize>>,
}

fn refused(status: u16, retry_after: Option<Duration>) -> RequestError {
    RequestError::Refused { status, code: String::new(), message: "no".into(), retry_after }
}

impl Transport for Arc<Server> {
    async fn upload(&self, batch: Vec<u8>) -> Result<Acknowledgement, RequestError> {
        // A round trip.
        tokio::time::sleep(Duration::from_millis(5)).await;
        if self.max_bytes.lock().unwrap().is_some_and(|max| batch.len() > max) {
            return Err(refused(413, None));
        }
        let sequences: Vec<_> = Batch::parse(&batch)
            .unwrap()
            .chunks()
            .flat_map(|chunk| (chunk.first().get()..chunk.end().get()).map(SequenceNumber::new))
            .collect();
        self.received.lock().unwrap().push(sequences.iter().map(|s| s.get()).collect());
        let reply = self.replies.lock().unwrap().pop_front().unwrap_or(Reply::Acknowledge);
        let named = match reply {
            Reply::AcknowledgeFirst(count) => count,
            Reply::Acknowledge | Reply::LoseAnswer => u64::MAX,
            Reply::RejectAll => 0,
            Reply::Refuse { status, retry_after } => return Err(refused(status, retry_after)),
        };
        let mut answer = Acknowledgement::default();
        for (sequence, _) in sequences.iter().zip(0..named) {
            answer.acknowledge(*sequence);
            self.stored.lock().unwrap().push(sequence.get());
        }
        match reply {
            Reply::LoseAnswer => return Err(refused(502, None)),
            Reply::RejectAll => {
                answer.rejected.extend(sequences.iter().map(|sequence| Rejection {
                    sequence: *sequence,
                    code: RejectionCode::SchemaValidationFailed,
                    reason: "no".into(),
                }));
            }
            _ => {}
        }
        Ok(answer)
    }
}

/// An outbox, its upload and its server.
struct World {
    _directory: TempDir,
    outbox: Arc<Outbox>,
    server: Arc<Server>,
    state: watch::Receiver<UploadState>,
    control: watch::Sender<Control>,
    session: watch::Sender<Option<StoredSession>>,
    task: JoinHandle<()>,
}

impl World {
    fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self::with_objects(replies, [])
    }

    /// Starts the upload over an outbox that holds these transactions already.
    fn with_objects(
        replies: impl IntoIterator<Item = Reply>,
        transactions: impl IntoIterator<Item = usize>,
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("test.realm");
        let outbox = Arc::new(Outbox::open(&path, "app", &SCHEMA).unwrap());
        for objects in transactions {
            write(&outbox, objects, 0);
        }
        let server = Arc::new(Server::default());
        server.replies.lock().unwrap().extend(replies);
        let state = watch::Sender::new(UploadState::Idle);
        let (control, commands) = watch::channel(Control::Run);
        let session = watch::Sender::new(None);
        let watched = state.subscribe();
        let uploader = Uploader::new(
            Arc::clone(&outbox),
            Arc::clone(&server),
            RetryDelays::new(DELAYS.0, DELAYS.1),
            state,
            commands,
            session.subscribe(),
        );
        let task = tokio::spawn(uploader.run());
        Self { _directory: directory, outbox, server, state: watched, control, session, task }
    }

    async fn settled(&self) -> Progress {
        let mut progress = self.outbox.progress().subscribe();
        let target = progress.borrow().durable_below;
        progress.wait_for(|now| now.settled_below >= target).await.unwrap().clone()
    }

    async fn state(&mut self, wanted: impl FnMut(&UploadState) -> bool) {
        self.state.wait_for(wanted).await.unwrap();
    }

    async fn stop(self) -> Arc<Server> {
        self.control.send_replace(Control::Stop);
        self.task.await.unwrap();
        assert_eq!(*self.state.borrow(), UploadState::Stopped);
        let mut left = 0;
        let read = self.outbox.read_chunks(SequenceNumber::new(0), |chunk| {
            left += chunk.objects();
            std::ops::ControlFlow::Continue(())
        });
        read.unwrap();
        assert_eq!(left, self.outbox.progress().borrow().pending_objects());
        self.server
    }
}

/// Writes one transaction of objects, each with this much padding.
fn write(outbox: &Outbox, objects: usize, padding: usize) {
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

#[tokio::test(start_paused = true)]
async fn everything_arrives_and_leaves_the_file() {
    let world = World::with_objects([], [3, 2]);
    write(&world.outbox, 4, 0);
    let progress = world.settled().await;
    assert_eq!((progress.acknowledged, progress.pending_objects()), (9, 0));
    let server = world.stop().await;
    assert_eq!(*server.stored.lock().unwrap(), (1..=9).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn small_transactions_travel_together() {
    let world = World::with_objects([], [1; 40]);
    world.settled().await;
    let server = world.stop().await;
    assert_eq!(*server.received.lock().unwrap(), [(1..=40).collect::<Vec<_>>()]);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_means_sending_again() {
    let world = World::with_objects([Reply::LoseAnswer], [3]);
    let progress = world.settled().await;
    assert_eq!(progress.acknowledged, 3);
    let server = world.stop().await;
    assert_eq!(*server.received.lock().unwrap(), [[1, 2, 3], [1, 2, 3]]);
}

#[tokio::test(start_paused = true)]
async fn what_an_answer_does_not_name_is_sent_again() {
    let world = World::with_objects([Reply::AcknowledgeFirst(4)], [3, 3]);
    let progress = world.settled().await;
    assert_eq!(progress.acknowledged, 6);
    let server = world.stop().await;
    // The first chunk is whole; of the second only one object was named.
    assert_eq!(*server.received.lock().unwrap(), [vec![1, 2, 3, 4, 5, 6], vec![4, 5, 6]]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_names_nothing_is_not_asked_for_in_circles() {
    let world = World::with_objects((0..5).map(|_| Reply::AcknowledgeFirst(0)), [1]);
    let start = Instant::now();
    world.settled().await;
    // Five waits, each a random part of 1, 2, 4, 8 and 16 seconds; without them it takes 30 ms.
    assert!(start.elapsed() > Duration::from_millis(100), "{:?}", start.elapsed());
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn rejected_objects_are_kept_and_do_not_block_the_others() {
    let world = World::with_objects([Reply::RejectAll], [2]);
    world.settled().await;
    write(&world.outbox, 1, 0);
    let progress = world.settled().await;
    assert_eq!((progress.rejected, progress.acknowledged), (2, 1));
    assert_eq!(progress.pending_objects(), 0);
    let outbox = Arc::clone(&world.outbox);
    world.stop().await;
    let rejected = outbox.rejected().unwrap();
    let sequences: Vec<_> = rejected.iter().map(|object| object.sequence.get()).collect();
    assert_eq!(sequences, [1, 2]);
    assert_eq!(rejected[0].class, "Reading");
    assert_eq!(rejected[1].primary_key(), Some(1_i64.into()));
}

#[tokio::test(start_paused = true)]
async fn the_server_says_when_to_come_back() {
    let retry_after = Some(Duration::from_secs(1000));
    let world = World::with_objects([Reply::Refuse { status: 503, retry_after }], [1]);
    let start = Instant::now();
    world.settled().await;
    assert!(start.elapsed() >= Duration::from_secs(1000), "{:?}", start.elapsed());
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_asks_for_eternity_is_asked_again_after_a_day() {
    let retry_after = Some(Duration::from_secs(u64::MAX));
    let world = World::with_objects([Reply::Refuse { status: 503, retry_after }], [1]);
    let start = Instant::now();
    world.settled().await;
    assert_eq!(start.elapsed().as_secs() / 3600, 24);
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_failed_goes_on_by_itself() {
    let failures =
        [503, 500, 404, 400, 429].map(|status| Reply::Refuse { status, retry_after: None });
    let mut world = World::with_objects(failures, [1]);
    world.state(|state| matches!(state, UploadState::Offline { .. })).await;
    // No new write, no command: only time passes.
    world.settled().await;
    world.state(|state| *state == UploadState::Idle).await;
    let server = world.stop().await;
    assert_eq!(server.received.lock().unwrap().len(), 6);
}

#[tokio::test(start_paused = true)]
async fn without_a_valid_session_nothing_is_sent_until_somebody_logs_in() {
    let refusal = Reply::Refuse { status: 401, retry_after: None };
    let mut world = World::with_objects([refusal], [2]);
    world.state(|state| *state == UploadState::LoginRequired).await;
    write(&world.outbox, 1, 0);
    tokio::time::sleep(Duration::from_secs(10_000)).await;
    assert_eq!(world.outbox.progress().borrow().pending_objects(), 3);
    assert_eq!(world.server.received.lock().unwrap().len(), 1);

    let session =
        StoredSession { user_id: "u".into(), device_id: "d".into(), refresh_token: "r".into() };
    world.session.send_replace(Some(session.clone()));
    world.settled().await;
    assert_eq!(world.outbox.session().unwrap(), Some(session));
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn batches_shrink_until_the_server_accepts_them() {
    let world = World::with_objects([], []);
    world.control.send_replace(Control::Pause);
    for _ in 0..8 {
        write(&world.outbox, 10, CHUNK_BYTES / 100);
    }
    *world.server.max_bytes.lock().unwrap() = Some(CHUNK_BYTES / 4);
    world.control.send_replace(Control::Run);
    world.settled().await;
    let server = world.stop().await;
    let mut stored = server.stored.lock().unwrap().clone();
    stored.sort_unstable();
    assert_eq!(stored, (1..=80).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_paused_upload_sends_nothing_and_goes_on_when_resumed() {
    let mut world = World::start([]);
    world.control.send_replace(Control::Pause);
    world.state(|state| *state == UploadState::Paused).await;
    write(&world.outbox, 1, 0);
    tokio::time::sleep(Duration::from_secs(10_000)).await;
    assert_eq!(world.outbox.progress().borrow().pending_objects(), 1);
    world.control.send_replace(Control::Run);
    world.settled().await;
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn acknowledged_objects_leave_the_file_without_another_write() {
    let world = World::with_objects([], [1]);
    world.settled().await;
    assert!(world.outbox.needs_flush());
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!world.outbox.needs_flush());
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn stopping_in_the_middle_keeps_what_was_not_acknowledged() {
    let refusals = (0..3).map(|_| Reply::Refuse { status: 503, retry_after: None });
    let mut world = World::with_objects(refusals, [5]);
    world.state(|state| matches!(state, UploadState::Offline { .. })).await;
    let outbox = Arc::clone(&world.outbox);
    world.stop().await;
    assert_eq!(outbox.progress().borrow().pending_objects(), 5);
}
