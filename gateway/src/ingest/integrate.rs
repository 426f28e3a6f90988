//! Writing a batch such that each of its objects is stored once.
//!
//! In ordinary collections the unique `_id` sees to that, and a batch goes straight to the write
//! path. What lands in time-series collections goes through the [ledger](super::ledger). That part
//! runs as a task of its own: once announced, it goes to its end even if the client hangs up.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use asymmetric_protocol::{ClientFileId, SequenceNumber};
use tokio::{sync::oneshot, task::JoinSet, time::Instant};

use super::{
    ledger::{Claim, ClaimError, Known, Ledger},
    plan::Write,
    write::WritePath,
};
use crate::{
    Namespace,
    error::ApiError,
    store::{CollectionKind, Document, Insert, Inserted, Outcome, Records, Store, StoreError},
};

/// How long it is believed what kind a collection is.
const KIND_LIFE: Duration = Duration::from_secs(60);
/// How many collections are remembered.
const MAX_KINDS: usize = 10_000;
/// How long announced objects may wait for their insert. What is late is not inserted: by then
/// somebody else may have taken over.
const QUEUE: Duration = Duration::from_secs(10);

/// Writes batches.
#[derive(Debug)]
pub(crate) struct Integration {
    shared: Arc<Shared>,
    /// Batches on their way through the ledger; aborted when the gateway is dropped.
    tasks: Mutex<JoinSet<()>>,
}

#[derive(Debug)]
struct Shared {
    store: Arc<dyn Store>,
    write_path: WritePath,
    ledger: Ledger,
    kinds: Mutex<HashMap<Namespace, (CollectionKind, Instant)>>,
}

impl Integration {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        let shared = Shared {
            write_path: WritePath::new(Arc::clone(&store)),
            ledger: Ledger::new(Records::new(Arc::clone(&store)), store.straggle()),
            kinds: Mutex::default(),
            store,
        };
        Self { shared: Arc::new(shared), tasks: Mutex::default() }
    }

    /// Whether a collection is one that takes a document twice.
    pub(crate) async fn is_time_series(&self, namespace: &Namespace) -> Result<bool, ApiError> {
        let kind = match self.shared.remembered(namespace) {
            Some(kind) => kind,
            None => self.shared.store.kind(namespace).await.map_err(ApiError::Store)?,
        };
        Ok(kind == CollectionKind::TimeSeries)
    }

    /// Writes what a batch holds; one [`Inserted`] per [`Write`]. `rejected` are the objects of the
    /// batch that are not among them.
    ///
    /// # Cancel safety
    ///
    /// What was begun goes to its end.
    pub(super) async fn write(
        &self,
        client: ClientFileId,
        writes: Vec<Write>,
        rejected: Vec<SequenceNumber>,
    ) -> Result<Vec<Inserted>, ApiError> {
        let mut kinds = Vec::with_capacity(writes.len());
        for write in &writes {
            kinds.push(self.shared.kind(write).await?);
        }
        if kinds.iter().all(|kind| *kind != CollectionKind::TimeSeries) {
            let inserts = writes.into_iter().map(|write| write.insert).collect();
            return Ok(self.shared.write_path.write(client, inserts, None).await);
        }
        let (reply, answer) = oneshot::channel();
        let shared = Arc::clone(&self.shared);
        let work = async move {
            let written = shared.write_once(client, writes, &kinds, rejected).await;
            // A client that hung up asks again.
            drop(reply.send(written));
        };
        {
            let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
            while tasks.try_join_next().is_some() {}
            tasks.spawn(work);
        }
        answer.await.map_err(|_| ApiError::ShuttingDown)?
    }
}

impl Shared {
    /// What kind a collection was a short while ago.
    fn remembered(&self, namespace: &Namespace) -> Option<CollectionKind> {
        let kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        let (kind, since) = kinds.get(namespace)?;
        (since.elapsed() < KIND_LIFE).then_some(*kind)
    }

    /// What kind of collection a write goes to.
    async fn kind(&self, write: &Write) -> Result<CollectionKind, ApiError> {
        let namespace = &write.insert.namespace;
        if let Some(kind) = self.remembered(namespace) {
            return Ok(kind);
        }
        let kind = self.store.kind(namespace).await.map_err(ApiError::Store)?;
        let kind = match (kind, &write.time_series) {
            // Whatever is inserted first would make it an ordinary collection for ever.
            (CollectionKind::Missing, Some((_, Some(options)))) => {
                let made = self.store.create_time_series(namespace, options).await;
                made.map_err(ApiError::Store)?;
                self.store.kind(namespace).await.map_err(ApiError::Store)?
            }
            (CollectionKind::Missing, Some((class, None))) => {
                let (class, namespace) = (class.clone(), namespace.clone());
                return Err(ApiError::NoTimeSeries { class, namespace });
            }
            (kind, _) => kind,
        };
        if kind == CollectionKind::Missing {
            return Ok(kind);
        }
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        if kinds.len() >= MAX_KINDS {
            kinds.clear();
        }
        kinds.insert(namespace.clone(), (kind, Instant::now()));
        Ok(kind)
    }

    async fn write_once(
        &self,
        client: ClientFileId,
        writes: Vec<Write>,
        kinds: &[CollectionKind],
        mut rejected: Vec<SequenceNumber>,
    ) -> Result<Vec<Inserted>, ApiError> {
        let once = |place: usize| kinds.get(place) == Some(&CollectionKind::TimeSeries);
        let mut sequences: Vec<_> = writes
            .iter()
            .enumerate()
            .filter(|(place, _)| once(*place))
            .flat_map(|(_, write)| write.sequences.iter().copied())
            .collect();
        sequences.sort_unstable();
        let mut claim = self.ledger.claim(client, &sequences).await?;
        let claimed = Instant::now();

        let mut parts = Vec::with_capacity(writes.len());
        for (place, write) in writes.into_iter().enumerate() {
            parts.push(if once(place) {
                self.sort_out(&claim, write).await.map_err(ApiError::Store)?
            } else {
                Part::all(write)
            });
        }
        let inserts = parts.iter_mut().map(Part::insert).collect();
        let deadline = Some(claimed + QUEUE);
        claim.inserting();
        let inserted = self.write_path.write(client, inserts, deadline).await;

        let mut settled = true;
        let mut outcomes = Vec::with_capacity(parts.len());
        for ((place, part), inserted) in parts.into_iter().enumerate().zip(inserted) {
            let sequences = part.sequences.clone();
            let inserted = part.join(inserted);
            if once(place) {
                for (sequence, outcome) in sequences.iter().zip(&inserted.outcomes) {
                    match outcome {
                        Outcome::Refused(_) => rejected.push(*sequence),
                        Outcome::Unknown => settled = false,
                        Outcome::Inserted | Outcome::AlreadyThere => {}
                    }
                }
            }
            outcomes.push(inserted);
        }
        if settled {
            claim.settle(&rejected).await?;
        }
        Ok(outcomes)
    }

    /// Finds out which documents of a write are to be inserted.
    async fn sort_out(&self, claim: &Claim, write: Write) -> Result<Part, StoreError> {
        let Write { insert: Insert { namespace, documents }, sequences, .. } = write;
        let known: Vec<_> = sequences.iter().map(|sequence| claim.known(*sequence)).collect();
        let doubtful: Vec<Document> = documents
            .iter()
            .zip(&known)
            .filter(|(_, known)| **known == Known::Doubtful)
            .map(|(document, _)| document.clone())
            .collect();
        let found = if doubtful.is_empty() {
            Vec::new()
        } else {
            self.store.present(&namespace, &doubtful).await?
        };
        let mut found = found.into_iter();
        let mut part = Part { namespace, documents: Vec::new(), sequences, outcomes: Vec::new() };
        for (document, known) in documents.into_iter().zip(known) {
            let outcome = match known {
                Known::New => None,
                Known::Doubtful => found.next().unwrap_or(false).then_some(Outcome::AlreadyThere),
                Known::Integrated => Some(Outcome::AlreadyThere),
                Known::Rejected => Some(Outcome::Refused("it was rejected before".to_owned())),
            };
            if outcome.is_none() {
                part.documents.push(document);
            }
            part.outcomes.push(outcome);
        }
        Ok(part)
    }
}

/// A write of which some outcomes are known beforehand.
struct Part {
    namespace: Namespace,
    /// Those that are to be inserted.
    documents: Vec<Document>,
    sequences: Vec<SequenceNumber>,
    /// Of each object; `None` for those that are to be inserted.
    outcomes: Vec<Option<Outcome>>,
}

impl Part {
    fn all(write: Write) -> Self {
        let Write { insert: Insert { namespace, documents }, sequences, .. } = write;
        let outcomes = documents.iter().map(|_| None).collect();
        Self { namespace, documents, sequences, outcomes }
    }

    fn insert(&mut self) -> Insert {
        let documents = std::mem::take(&mut self.documents);
        Insert { namespace: self.namespace.clone(), documents }
    }

    /// Puts the outcomes of the insert between those that were known.
    fn join(self, inserted: Inserted) -> Inserted {
        let Inserted { outcomes, error } = inserted;
        let mut outcomes = outcomes.into_iter();
        let mut next = || outcomes.next().unwrap_or(Outcome::Unknown);
        let outcomes =
            self.outcomes.into_iter().map(|known| known.unwrap_or_else(&mut next)).collect();
        Inserted { outcomes, error }
    }
}

impl From<ClaimError> for ApiError {
    fn from(error: ClaimError) -> Self {
        match error {
            ClaimError::Contended { retry_after } => Self::Contended { retry_after },
            ClaimError::Store(error) => Self::Store(error),
        }
    }
}
