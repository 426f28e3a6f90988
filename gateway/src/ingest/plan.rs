//! From the bytes of a batch to what shall be written, and back to an acknowledgement.

use std::{collections::HashMap, sync::Arc};

use asymmetric_protocol::{
    ClientFileId, SequenceNumber,
    ack::{Acknowledgement, Rejection, RejectionCode},
    batch::{Announcement, Batch, ClassEntry},
    chunk::Chunk,
    limits::MAX_BATCH_BYTES,
};
use asymmetric_schema::{Fingerprint, TimeSeries};
use bytes::Bytes;

use super::{Sender, inflight::Reservation};
use crate::{
    Counters, Namespace,
    classes::{Admission, Refused},
    error::ApiError,
    store::{Document, Insert, Inserted, Outcome, StoreError},
};

/// How long a client shall wait before it sends objects again that the store did not take.
const BACKOFF_MS: u64 = 2000;

/// Memory for one object on top of its bytes.
const OBJECT_BYTES: usize = size_of::<Object>()
    + size_of::<Document>()
    + size_of::<Outcome>()
    + size_of::<SequenceNumber>();

/// A batch whose every object was looked at.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) client_file: ClientFileId,
    /// What to write, one per namespace.
    pub(super) writes: Vec<Write>,
    pub(super) objects: Objects,
}

/// What came of looking at a batch.
#[derive(Debug)]
pub(super) enum Planning {
    Plan(Plan),
    /// Its documents have more bytes than may be worked on here.
    Large(Reservation),
    /// Nothing is written before these versions are announced.
    Ask(Vec<Fingerprint>),
    /// These versions are to be learnt first.
    Learn(Vec<(ClassEntry, Vec<u8>)>, Reservation),
}

/// The documents of a batch for one namespace.
#[derive(Debug)]
pub(super) struct Write {
    pub(super) insert: Insert,
    /// Of each document.
    pub(super) sequences: Vec<SequenceNumber>,
    /// A class whose objects belong into a time-series collection, if one is among them, and what
    /// that is made with, if it is known.
    pub(super) time_series: Option<(String, Option<Arc<TimeSeries>>)>,
}

/// What is known of the objects before anything was written.
#[derive(Debug)]
pub(super) struct Objects {
    planned: Vec<Object>,
    classes: Vec<ClassEntry>,
    bytes: usize,
}

/// One object of a batch.
#[derive(Debug)]
struct Object {
    sequence: SequenceNumber,
    /// Its place in the class table.
    class: usize,
    /// As it came.
    bytes: Bytes,
    planned: Planned,
}

#[derive(Debug)]
enum Planned {
    /// The document at this place among the writes.
    Write {
        write: usize,
        document: usize,
    },
    Reject(RejectionCode, String),
}

/// What to answer, and what to keep before.
#[derive(Debug, Default)]
pub(super) struct Conclusion {
    pub(super) answer: Acknowledgement,
    pub(super) counters: Counters,
    pub(super) rejected: Vec<Rejected>,
}

/// An object that was rejected, with the answer's reason.
#[derive(Debug)]
pub(super) struct Rejected {
    pub(super) rejection: Rejection,
    pub(super) class: ClassEntry,
    pub(super) bytes: Bytes,
}

/// Where the objects of a class go.
enum Target {
    Write(usize, Box<Admission>),
    Reject(RejectionCode, String),
}

impl Plan {
    /// Parses a batch and checks every object, if its documents are of at most `limit` bytes.
    /// Blocks for up to some tens of milliseconds.
    pub(super) fn of(
        body: &Bytes,
        mut reservation: Reservation,
        sender: &Sender,
        limit: u64,
    ) -> Result<Planning, ApiError> {
        let batch = Batch::parse(body).map_err(ApiError::Batch)?;
        match announced(&batch, sender) {
            (asked, _) if !asked.is_empty() => return Ok(Planning::Ask(asked)),
            (_, told) if !told.is_empty() => return Ok(Planning::Learn(told, reservation)),
            _ => {}
        }
        // What compressed chunks become counts against the limit as if they had come like that.
        if batch.document_bytes() > MAX_BATCH_BYTES as u64 {
            return Err(ApiError::TooLarge { limit: MAX_BATCH_BYTES });
        }
        if batch.document_bytes() > limit {
            return Ok(Planning::Large(reservation));
        }
        // Of very small objects the book-keeping is the larger part.
        let objects = usize::try_from(batch.object_count()).unwrap_or(usize::MAX);
        reservation.grow_by(objects.saturating_mul(OBJECT_BYTES))?;
        let mut decompressed = Vec::new();
        for chunk in batch.chunks() {
            decompressed.push(match chunk.plain_documents() {
                Some(_) => None,
                None => Some(decompress(chunk, &reservation)?),
            });
        }
        // A client that hangs up leaves its documents on their way into the store; until they are
        // through, their bytes count as in flight.
        let body = reservation.hold(body.clone());
        let mut writes = Vec::new();
        let targets = targets_of(&batch.classes, sender, &mut writes)?;
        let mut planned = Vec::new();
        for (chunk, own) in batch.chunks().zip(decompressed) {
            let documents =
                own.unwrap_or_else(|| body.slice_ref(chunk.plain_documents().unwrap_or_default()));
            for object in batch.objects_of(chunk, &documents) {
                // `parse` made sure that every object has a class, and there is a target for each.
                let Some(target) = targets.get(object.class) else { continue };
                let (sequence, class) = (object.sequence, object.class);
                let bytes = documents.slice_ref(object.document);
                let plan = match target {
                    Target::Reject(code, reason) => Planned::Reject(code.clone(), reason.clone()),
                    Target::Write(write, admission) => {
                        plan_document(sequence, bytes.clone(), admission, *write, &mut writes)
                    }
                };
                planned.push(Object { sequence, class, bytes, planned: plan });
            }
        }
        let objects = Objects { planned, classes: batch.classes, bytes: body.len() };
        Ok(Planning::Plan(Self { client_file: batch.client_file, writes, objects }))
    }
}

/// The versions that have to be asked for before anything can be said of the batch, and those that
/// were told and not learnt yet.
///
/// Nothing of such a batch is written: the ledger of time-series collections takes what comes
/// after later objects for known.
fn announced(batch: &Batch<'_>, sender: &Sender) -> (Vec<Fingerprint>, Vec<(ClassEntry, Vec<u8>)>) {
    let (mut asked, mut told) = (Vec::new(), Vec::new());
    for (class, announcement) in batch.classes.iter().zip(&batch.announcements) {
        if !sender.would_teach(class) {
            continue;
        }
        match announcement {
            Announcement::None => asked.push(class.fingerprint),
            Announcement::Unavailable => {}
            Announcement::Schema(json) => told.push((class.clone(), json.to_vec())),
        }
    }
    (asked, told)
}

/// The documents of a compressed chunk, with a reservation of their own: they live as long as any
/// of them, whatever becomes of the body.
fn decompress(chunk: &Chunk<'_>, reservation: &Reservation) -> Result<Bytes, ApiError> {
    let bytes = usize::try_from(chunk.document_bytes()).unwrap_or(usize::MAX);
    let share = reservation.another(bytes)?;
    let documents = chunk.decompress().map_err(ApiError::Chunk)?;
    Ok(share.hold(documents.into()))
}

/// One target per class; classes that share a collection share an insert.
fn targets_of(
    classes: &[ClassEntry],
    sender: &Sender,
    writes: &mut Vec<Write>,
) -> Result<Vec<Target>, ApiError> {
    let mut places: HashMap<Namespace, usize> = HashMap::new();
    let scope = sender.scope();
    let mut target = |class: &ClassEntry| {
        if let Some(reason) = sender.refused.get(&class.fingerprint) {
            return Ok(Target::Reject(RejectionCode::SchemaChangeRefused, reason.clone()));
        }
        let admission = match sender.app.classes.admission(class, &scope, sender.origin) {
            Ok(admission) => admission,
            Err(Refused::Unknown(reason)) => {
                return Ok(Target::Reject(RejectionCode::UnknownClass, reason));
            }
            Err(Refused::NotAllowed(reason)) => {
                return Ok(Target::Reject(RejectionCode::WriteNotAllowed, reason));
            }
            Err(Refused::Undecided(reason)) => return Err(ApiError::Undecided(reason)),
        };
        let place = *places.entry(admission.namespace.clone()).or_insert_with_key(|namespace| {
            let insert = Insert { namespace: namespace.clone(), documents: Vec::new() };
            writes.push(Write { insert, sequences: Vec::new(), time_series: None });
            writes.len() - 1
        });
        if let Some(write) = writes.get_mut(place).filter(|_| class.time_series) {
            write.time_series = Some((class.title.clone(), admission.time_series.clone()));
        }
        Ok(Target::Write(place, Box::new(admission)))
    };
    classes.iter().map(&mut target).collect()
}

fn plan_document(
    sequence: SequenceNumber,
    bytes: Bytes,
    admission: &Admission,
    write: usize,
    writes: &mut [Write],
) -> Planned {
    let document = match Document::check(bytes) {
        Ok(document) => admission.check(document),
        Err(error) => Err((RejectionCode::MalformedDocument, error.to_string())),
    };
    match (document, writes.get_mut(write)) {
        (Ok(document), Some(Write { insert, sequences, .. })) => {
            insert.documents.push(document);
            sequences.push(sequence);
            Planned::Write { write, document: sequences.len() - 1 }
        }
        (Ok(_), None) => unreachable!("targets name writes that exist"),
        (Err((code, reason)), _) => Planned::Reject(code, reason),
    }
}

impl Objects {
    /// Those that will not be written.
    pub(super) fn rejected(&self) -> Vec<SequenceNumber> {
        let rejected = |object: &Object| {
            matches!(object.planned, Planned::Reject(..)).then_some(object.sequence)
        };
        self.planned.iter().filter_map(rejected).collect()
    }

    /// Turns the outcome of the writes into the answer for the client.
    ///
    /// Fails if nothing at all is known of what was to be written. If something is known, it is
    /// told, and the client sends the rest again.
    pub(super) fn conclude(self, inserted: Vec<Inserted>) -> Result<Conclusion, ApiError> {
        let mut conclusion = Conclusion::default();
        let Conclusion { answer, counters, rejected } = &mut conclusion;
        let mut unknown = false;
        for Object { sequence, class, bytes, planned } in self.planned {
            let (code, reason) = match planned {
                Planned::Reject(code, reason) => (code, reason),
                Planned::Write { write, document } => {
                    let outcome = inserted.get(write).and_then(|i| i.outcomes.get(document));
                    match outcome {
                        Some(outcome @ (Outcome::Inserted | Outcome::AlreadyThere)) => {
                            answer.acknowledge(sequence);
                            counters.acknowledged += 1;
                            counters.duplicates += u64::from(*outcome == Outcome::AlreadyThere);
                            continue;
                        }
                        Some(Outcome::Refused(reason)) => {
                            (RejectionCode::StoreRefused, reason.clone())
                        }
                        Some(Outcome::Unknown) | None => {
                            unknown = true;
                            continue;
                        }
                    }
                }
            };
            let rejection = Rejection { sequence, code, reason };
            if let Some(class) = self.classes.get(class).cloned() {
                rejected.push(Rejected { rejection, class, bytes });
            }
        }
        if unknown {
            let error = inserted.into_iter().find_map(|inserted| inserted.error);
            let error = ApiError::Store(error.unwrap_or(StoreError::Closed));
            let by_store = |r: &Rejected| r.rejection.code == RejectionCode::StoreRefused;
            if counters.acknowledged == 0 && !rejected.iter().any(by_store) {
                return Err(error);
            }
            tracing::warn!(error = %crate::error::chain(&error), "part of a batch was not stored");
            answer.backoff_ms = Some(BACKOFF_MS);
        }
        counters.batches = 1;
        counters.bytes = self.bytes as u64;
        Ok(conclusion)
    }
}

impl Conclusion {
    /// Tells the client of what was rejected.
    pub(super) fn with_rejections(self) -> (Acknowledgement, Counters) {
        let Self { mut answer, mut counters, rejected } = self;
        counters.rejected = rejected.len() as u64;
        answer.rejected = rejected.into_iter().map(|rejected| rejected.rejection).collect();
        (answer, counters)
    }

    /// Leaves out what was rejected, so that it is sent again.
    pub(super) fn without_rejections(self) -> (Acknowledgement, Counters) {
        let Self { mut answer, counters, .. } = self;
        answer.backoff_ms = Some(BACKOFF_MS);
        (answer, counters)
    }
}
