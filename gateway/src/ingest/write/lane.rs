//! The documents that wait for one namespace, and who waits for them.

use std::collections::{HashMap, VecDeque};

use asymmetric_protocol::ClientFileId;
use tokio::{sync::oneshot, time::Instant};

use crate::store::{Document, Inserted, Outcome, StoreError};

/// Size of an insert at which no more documents join it. Larger ones gain nothing: MongoDB's and the
/// driver's work per message no longer shows.
const GROUP_DOCUMENTS: usize = 5_000;
const GROUP_BYTES: usize = 4 * 1024 * 1024;
/// How many inserts of one namespace are on their way at most. The second one keeps the store busy
/// while the answer to the first travels.
const PARALLEL: usize = 2;

/// One batch's share of a namespace.
#[derive(Debug)]
pub(super) struct Entry {
    client: ClientFileId,
    documents: Vec<Document>,
    bytes: usize,
    /// When it is too late to insert them.
    deadline: Option<Instant>,
    reply: oneshot::Sender<Inserted>,
}

impl Entry {
    pub(super) fn new(
        client: ClientFileId,
        documents: Vec<Document>,
        deadline: Option<Instant>,
        reply: oneshot::Sender<Inserted>,
    ) -> Self {
        let bytes = documents.iter().map(|document| document.as_bytes().len()).sum();
        Self { client, documents, bytes, deadline, reply }
    }

    fn is_late(&self) -> bool {
        self.deadline.is_some_and(|deadline| deadline <= Instant::now())
    }

    /// Says that the documents were not sent.
    fn give_up(self) {
        let outcomes = vec![Outcome::Unknown; self.documents.len()];
        drop(self.reply.send(Inserted { outcomes, error: Some(StoreError::Late) }));
    }
}

/// What waits for one namespace. Every client waits in a queue of its own; the queues take turns.
#[derive(Debug, Default)]
pub(super) struct Lane {
    turns: VecDeque<ClientFileId>,
    queues: HashMap<ClientFileId, VecDeque<Entry>>,
    documents: usize,
    bytes: usize,
    /// Inserts on their way.
    running: usize,
}

impl Lane {
    pub(super) fn push(&mut self, entry: Entry) {
        self.documents += entry.documents.len();
        self.bytes += entry.bytes;
        let client = entry.client;
        let queue = self.queues.entry(client).or_default();
        if queue.is_empty() {
            self.turns.push_back(client);
        }
        queue.push_back(entry);
    }

    /// Whether another insert shall start now; counts it if so.
    pub(super) fn start(&mut self) -> bool {
        let full = self.documents >= GROUP_DOCUMENTS || self.bytes >= GROUP_BYTES;
        let starts = self.running == 0 || (full && self.running < PARALLEL);
        self.running += usize::from(starts);
        starts
    }

    /// The next insert of a run, or its end if nothing waits.
    pub(super) fn take(&mut self) -> Option<(Group, Vec<Document>)> {
        let mut group = Group::default();
        let (mut documents, mut bytes) = (Vec::new(), 0);
        while let Some(client) = self.turns.front() {
            let Some(queue) = self.queues.get_mut(client) else {
                self.turns.pop_front();
                continue;
            };
            let Some(next) = queue.front() else { break };
            let full = documents.len() + next.documents.len() > GROUP_DOCUMENTS
                || bytes + next.bytes > GROUP_BYTES;
            if full && !documents.is_empty() {
                break;
            }
            let Some(entry) = queue.pop_front() else { break };
            let emptied = queue.is_empty();
            let Some(client) = self.turns.pop_front() else { break };
            if emptied {
                self.queues.remove(&client);
            } else {
                self.turns.push_back(client);
            }
            self.bytes -= entry.bytes;
            self.documents -= entry.documents.len();
            if entry.is_late() {
                entry.give_up();
                continue;
            }
            bytes += entry.bytes;
            group.waiting.push((entry.documents.len(), entry.reply));
            documents.extend(entry.documents);
        }
        if documents.is_empty() {
            self.running -= 1;
            return None;
        }
        Some((group, documents))
    }

    /// Whether nothing waits and nothing is on its way.
    pub(super) fn is_idle(&self) -> bool {
        self.running == 0 && self.turns.is_empty()
    }
}

/// Who waits for the documents of one insert.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// Of each entry how many documents it brought, and where to answer.
    waiting: Vec<(usize, oneshot::Sender<Inserted>)>,
}

impl Group {
    /// Gives every entry its own part of the outcome.
    pub(super) fn answer(self, inserted: Inserted) {
        let Inserted { outcomes, error } = inserted;
        let mut outcomes = outcomes.into_iter();
        for (documents, reply) in self.waiting {
            let mut own: Vec<_> = outcomes.by_ref().take(documents).collect();
            own.resize(documents, Outcome::Unknown);
            let unknown = own.contains(&Outcome::Unknown);
            let error = error.as_ref().filter(|_| unknown).cloned();
            // Whoever asked may be gone; the documents are written all the same.
            drop(reply.send(Inserted { outcomes: own, error }));
        }
    }
}
