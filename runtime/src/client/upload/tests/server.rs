//! A server that follows a script.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use asymmetric_protocol::{
    SequenceNumber,
    ack::{Acknowledgement, Rejection, RejectionCode},
    batch::{Announcement, Batch},
};
use asymmetric_schema::ClassDocument;
use tokio::time::{Instant, sleep};

use crate::client::{
    RequestError,
    upload::transport::{Body, Transport},
};

/// What the server does with a batch.
#[derive(Clone, Debug)]
pub(super) enum Reply {
    Acknowledge,
    /// Acknowledges after this time, while others are answered.
    Late(Duration),
    /// Everything is stored, but the connection breaks before the answer is through.
    LoseAnswer,
    /// The connection breaks before the batch has arrived.
    LoseRequest,
    /// Nothing happens for a minute, and then the connection breaks.
    Stall,
    /// Everything is stored, but the answer cannot be read.
    Garble,
    /// The answer names everything twice, and objects that nobody has sent.
    Babble,
    /// Only this many objects are spoken of.
    AcknowledgeFirst(u64),
    RejectAll,
    /// Of every so many objects one is rejected.
    RejectEvery(u64),
    Refuse {
        status: u16,
        retry_after: Option<Duration>,
    },
    BackOff(Duration),
}

impl Reply {
    pub(super) fn status(status: u16) -> Self {
        Self::Refuse { status, retry_after: None }
    }
}

#[derive(Debug, Default)]
pub(super) struct Server {
    pub(super) replies: Mutex<VecDeque<Reply>>,
    /// Sequence numbers of the batches in the order of arrival.
    pub(super) received: Mutex<Vec<Vec<u64>>>,
    pub(super) received_at: Mutex<Vec<Instant>>,
    pub(super) bytes: Mutex<u64>,
    /// The most batches that were on their way at a time.
    pub(super) most_at_once: Mutex<(usize, usize)>,
    pub(super) stored: Mutex<BTreeSet<u64>>,
    pub(super) rejected: Mutex<BTreeSet<u64>>,
    /// First objects of batches that came while something earlier was neither stored nor rejected.
    pub(super) overtaking: Mutex<Vec<u64>>,
    /// Batches of more bytes are refused with 413.
    pub(super) max_bytes: Mutex<Option<usize>>,
    /// Batches that hold one of these objects are answered with this status and code.
    pub(super) poison: Mutex<HashMap<u64, (u16, &'static str)>>,
    /// Nobody gets through.
    pub(super) is_down: Mutex<bool>,
    /// Classes that were not announced are asked for, and their objects left open.
    pub(super) learns: Mutex<bool>,
    /// They are asked for even if they were announced.
    pub(super) asks_for_ever: Mutex<bool>,
    /// What was announced: titles, or nothing for classes that the client does not have.
    pub(super) announced: Mutex<Vec<Option<String>>>,
    /// Every round trip takes this long, and this much more for each kilobyte.
    pub(super) distance: Mutex<(Duration, Duration)>,
}

fn refused(status: u16, code: &str, retry_after: Option<Duration>) -> RequestError {
    RequestError::Refused { status, code: code.into(), message: "no".into(), retry_after }
}

/// A connection that broke after it was made.
fn broken() -> RequestError {
    // The error itself is of no interest, and there is no other way to make one.
    RequestError::Network(reqwest::Proxy::all("").unwrap_err())
}

impl Server {
    fn reject(&self, sequence: SequenceNumber, answer: &mut Acknowledgement) {
        if self.stored.lock().unwrap().contains(&sequence.get()) {
            answer.acknowledge(sequence);
            return;
        }
        self.rejected.lock().unwrap().insert(sequence.get());
        answer.rejected.push(Rejection {
            sequence,
            code: RejectionCode::SchemaValidationFailed,
            reason: "no".into(),
        });
    }

    /// The first object wins, and what was rejected stays so.
    fn accept(&self, sequence: SequenceNumber, answer: &mut Acknowledgement) {
        if self.rejected.lock().unwrap().contains(&sequence.get()) {
            self.reject(sequence, answer);
        } else {
            self.stored.lock().unwrap().insert(sequence.get());
            answer.acknowledge(sequence);
        }
    }

    /// The answer to a batch with classes that are neither known nor announced.
    fn ask(&self, batch: &[u8]) -> Option<Acknowledgement> {
        let batch = Batch::parse(batch).unwrap();
        let mut answer = Acknowledgement::default();
        for (class, announcement) in batch.classes.iter().zip(&batch.announcements) {
            match announcement {
                Announcement::None => answer.announce.push(class.fingerprint),
                Announcement::Unavailable => self.announced.lock().unwrap().push(None),
                Announcement::Schema(json) => {
                    let json = serde_json::from_slice(json).unwrap();
                    let document = ClassDocument::from_announcement(json).unwrap();
                    assert_eq!(document.fingerprint(), class.fingerprint);
                    self.announced.lock().unwrap().push(Some(document.title().to_owned()));
                }
            }
        }
        (!answer.announce.is_empty()).then_some(answer)
    }

    async fn serve(&self, batch: &[u8]) -> Result<Acknowledgement, RequestError> {
        // A round trip.
        let (distance, per_kilobyte) = *self.distance.lock().unwrap();
        let kilobytes = u32::try_from(batch.len() / 1024).unwrap();
        sleep(Duration::from_millis(5) + distance + per_kilobyte * kilobytes).await;
        if *self.is_down.lock().unwrap() {
            return Err(RequestError::Interrupted);
        }
        if self.max_bytes.lock().unwrap().is_some_and(|max| batch.len() > max) {
            return Err(refused(413, "", None));
        }
        let sequences: Vec<_> = Batch::parse(batch)
            .unwrap()
            .chunks()
            .flat_map(|chunk| (chunk.first().get()..chunk.end().get()).map(SequenceNumber::new))
            .collect();
        self.received.lock().unwrap().push(sequences.iter().map(|s| s.get()).collect());
        self.received_at.lock().unwrap().push(Instant::now());
        *self.bytes.lock().unwrap() += batch.len() as u64;
        let poison = self.poison.lock().unwrap().clone();
        let is_open = |number: &u64| {
            !self.stored.lock().unwrap().contains(number)
                && !self.rejected.lock().unwrap().contains(number)
                && !poison.contains_key(number)
        };
        let first = sequences.first().map_or(0, |first| first.get());
        if (1..first).any(|number| is_open(&number)) {
            self.overtaking.lock().unwrap().push(first);
        }
        if let Some((status, code)) = sequences.iter().find_map(|s| poison.get(&s.get())) {
            return Err(refused(*status, code, None));
        }
        if *self.asks_for_ever.lock().unwrap() {
            let classes = Batch::parse(batch).unwrap().classes;
            let announce = classes.iter().map(|class| class.fingerprint).collect();
            return Ok(Acknowledgement { announce, ..Acknowledgement::default() });
        }
        if *self.learns.lock().unwrap()
            && let Some(answer) = self.ask(batch)
        {
            return Ok(answer);
        }
        let reply = self.replies.lock().unwrap().pop_front().unwrap_or(Reply::Acknowledge);
        let mut answer = Acknowledgement::default();
        let is_lone = sequences.len() == 1;
        let named = match reply {
            // An object does not become too large by and by.
            Reply::Refuse { status: 413, .. } if is_lone => u64::MAX,
            Reply::Refuse { status, retry_after } => return Err(refused(status, "", retry_after)),
            Reply::LoseRequest => return Err(broken()),
            Reply::Stall => {
                sleep(Duration::from_secs(60)).await;
                return Err(broken());
            }
            Reply::AcknowledgeFirst(count) => count,
            _ => u64::MAX,
        };
        for (sequence, _) in sequences.iter().zip(0..named) {
            match reply {
                Reply::RejectAll => self.reject(*sequence, &mut answer),
                Reply::RejectEvery(n) if sequence.get().is_multiple_of(n) => {
                    self.reject(*sequence, &mut answer);
                }
                _ => self.accept(*sequence, &mut answer),
            }
        }
        match reply {
            Reply::Late(time) => sleep(time).await,
            Reply::LoseAnswer => return Err(broken()),
            Reply::Garble => return Err(RequestError::Answer("half a word".into())),
            Reply::Babble => {
                answer.acknowledged.extend(answer.acknowledged.clone());
                let last = sequences.last().copied().unwrap_or(SequenceNumber::FIRST);
                answer.acknowledged.push((last.after(1_000_000), last.after(2_000_000)));
                answer.rejected.push(Rejection {
                    sequence: last.after(3_000_000),
                    code: RejectionCode::StoreRefused,
                    reason: "nobody asked".into(),
                });
            }
            Reply::BackOff(time) => {
                answer.backoff_ms = Some(u64::try_from(time.as_millis()).unwrap());
            }
            _ => {}
        }
        Ok(answer)
    }
}

/// Counts a batch while it is on its way.
struct OnItsWay<'a>(&'a Server);

impl<'a> OnItsWay<'a> {
    fn new(server: &'a Server) -> Self {
        let mut counts = server.most_at_once.lock().unwrap();
        counts.0 += 1;
        counts.1 = counts.1.max(counts.0);
        Self(server)
    }
}

impl Drop for OnItsWay<'_> {
    fn drop(&mut self) {
        self.0.most_at_once.lock().unwrap().0 -= 1;
    }
}

impl Transport for Arc<Server> {
    async fn upload(&self, body: Body) -> Result<Acknowledgement, RequestError> {
        let _on_its_way = OnItsWay::new(self);
        self.serve(&body.bytes).await
    }
}
