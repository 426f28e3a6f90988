//! From the bytes of a batch to what shall be written, and back to an acknowledgement.

use std::collections::HashMap;

use asymmetric_protocol::{
    ClientFileId, SequenceNumber,
    ack::{Acknowledgement, Rejection, RejectionCode},
    batch::{Batch, ClassEntry},
    chunk::Chunk,
    limits::MAX_BATCH_BYTES,
};
use bytes::Bytes;

use super::inflight::Reservation;
use crate::{
    Counters, Namespace, NamespaceError,
    error::ApiError,
    store::{Document, Insert, Inserted, Outcome, StoreError},
};

/// How long a client shall wait before it sends objects again that the store did not take.
const BACKOFF_MS: u64 = 2000;

/// Memory for one object on top of its bytes.
const OBJECT_BYTES: usize = size_of::<(SequenceNumber, Planned)>()
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

/// The documents of a batch for one namespace.
#[derive(Debug)]
pub(super) struct Write {
    pub(super) insert: Insert,
    /// Of each document.
    pub(super) sequences: Vec<SequenceNumber>,
    /// A class whose objects belong into a time-series collection, if one is among them.
    pub(super) time_series: Option<String>,
}

/// What is known of the objects before anything was written.
#[derive(Debug)]
pub(super) struct Objects {
    planned: Vec<(SequenceNumber, Planned)>,
    bytes: usize,
}

#[derive(Debug)]
enum Planned {
    /// The document at this place among the inserts.
    Write {
        write: usize,
        document: usize,
    },
    Reject(RejectionCode, String),
}

/// Where the objects of a class go.
enum Target {
    Write(usize),
    Reject(RejectionCode, String),
}

impl Plan {
    /// Parses a batch and checks every object, if its documents are of at most `limit` bytes;
    /// gives the reservation back otherwise. Blocks for up to some tens of milliseconds.
    pub(super) fn of(
        body: &Bytes,
        mut reservation: Reservation,
        limit: u64,
    ) -> Result<Result<Self, Reservation>, ApiError> {
        let batch = Batch::parse(body).map_err(ApiError::Batch)?;
        // What compressed chunks become counts against the limit as if they had come like that.
        if batch.document_bytes() > MAX_BATCH_BYTES as u64 {
            return Err(ApiError::TooLarge { limit: MAX_BATCH_BYTES });
        }
        if batch.document_bytes() > limit {
            return Ok(Err(reservation));
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
        let targets = targets_of(&batch.classes, &mut writes);
        let mut planned = Vec::new();
        for (chunk, own) in batch.chunks().zip(decompressed) {
            let documents =
                own.unwrap_or_else(|| body.slice_ref(chunk.plain_documents().unwrap_or_default()));
            for object in batch.objects_of(chunk, &documents) {
                // `parse` made sure that every object has a class, and there is a target for each.
                let Some(target) = targets.get(object.class) else { continue };
                let plan = match target {
                    Target::Reject(code, reason) => Planned::Reject(code.clone(), reason.clone()),
                    Target::Write(write) => {
                        let document = documents.slice_ref(object.document);
                        plan_document(object.sequence, document, *write, &mut writes)
                    }
                };
                planned.push((object.sequence, plan));
            }
        }
        let objects = Objects { planned, bytes: body.len() };
        Ok(Ok(Self { client_file: batch.client_file, writes, objects }))
    }
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
fn targets_of(classes: &[ClassEntry], writes: &mut Vec<Write>) -> Vec<Target> {
    let mut places: HashMap<Namespace, usize> = HashMap::new();
    let mut target =
        |class: &ClassEntry| match Namespace::for_clients(&class.database, &class.collection) {
            Ok(namespace) => {
                let place = *places.entry(namespace).or_insert_with_key(|namespace| {
                    let insert = Insert { namespace: namespace.clone(), documents: Vec::new() };
                    writes.push(Write { insert, sequences: Vec::new(), time_series: None });
                    writes.len() - 1
                });
                if let Some(write) = writes.get_mut(place).filter(|_| class.time_series) {
                    write.time_series = Some(class.title.clone());
                }
                Target::Write(place)
            }
            Err(error) => {
                let code = match error {
                    NamespaceError::Reserved(_) => RejectionCode::WriteNotAllowed,
                    NamespaceError::Database(_) | NamespaceError::Collection(_) => {
                        RejectionCode::UnknownClass
                    }
                };
                Target::Reject(code, error.to_string())
            }
        };
    classes.iter().map(&mut target).collect()
}

fn plan_document(
    sequence: SequenceNumber,
    bytes: Bytes,
    write: usize,
    writes: &mut [Write],
) -> Planned {
    match (Document::check(bytes), writes.get_mut(write)) {
        (Ok(document), Some(Write { insert, sequences, .. })) => {
            insert.documents.push(document);
            sequences.push(sequence);
            Planned::Write { write, document: sequences.len() - 1 }
        }
        (Ok(_), None) => unreachable!("targets name writes that exist"),
        (Err(error), _) => Planned::Reject(RejectionCode::MalformedDocument, error.to_string()),
    }
}

impl Objects {
    /// Those that will not be written.
    pub(super) fn rejected(&self) -> Vec<SequenceNumber> {
        let rejected = |(sequence, planned): &(SequenceNumber, Planned)| {
            matches!(planned, Planned::Reject(..)).then_some(*sequence)
        };
        self.planned.iter().filter_map(rejected).collect()
    }

    /// Turns the outcome of the writes into the answer for the client.
    ///
    /// Fails if nothing at all is known of what was to be written. If something is known, it is
    /// told, and the client sends the rest again.
    pub(super) fn acknowledge(
        self,
        inserted: Vec<Inserted>,
    ) -> Result<(Acknowledgement, Counters), ApiError> {
        let mut answer = Acknowledgement::default();
        let mut counters = Counters::default();
        let mut unknown = false;
        for (sequence, planned) in self.planned {
            let (code, reason) = match planned {
                Planned::Reject(code, reason) => (code, reason),
                Planned::Write { write, document } => {
                    let outcome = inserted.get(write).and_then(|i| i.outcomes.get(document));
                    match outcome {
                        Some(Outcome::Inserted) => {
                            answer.acknowledge(sequence);
                            counters.acknowledged += 1;
                            continue;
                        }
                        Some(Outcome::AlreadyThere) => {
                            answer.acknowledge(sequence);
                            counters.acknowledged += 1;
                            counters.duplicates += 1;
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
            counters.rejected += 1;
            answer.rejected.push(Rejection { sequence, code, reason });
        }
        if unknown {
            let error = inserted.into_iter().find_map(|inserted| inserted.error);
            let error = ApiError::Store(error.unwrap_or(StoreError::Closed));
            if counters.acknowledged == 0
                && answer.rejected.iter().all(|r| r.code != RejectionCode::StoreRefused)
            {
                return Err(error);
            }
            tracing::warn!(error = %crate::error::chain(&error), "part of a batch was not stored");
            answer.backoff_ms = Some(BACKOFF_MS);
        }
        counters.batches = 1;
        counters.bytes = self.bytes as u64;
        Ok((answer, counters))
    }
}
