//! Bulk inserts, and what is known of each document afterwards.

use std::ops::Range;

use bson::Bson;
use mongodb::error::{ErrorKind, IndexedWriteError, InsertManyError};

use super::{
    classify::{self, Failure, WriteError},
    store::{BULK, MongoStore, within},
};
use crate::{
    Namespace,
    store::{Document, Insert, Inserted, MAX_DOCUMENT_BYTES, Outcome, Store, StoreError},
};

/// Limits of one message, below those of the driver (100,000 documents, 48 MB). The driver would
/// split larger inserts by itself, but then tells nothing of the parts that went well when a later
/// one fails.
const MESSAGE_DOCUMENTS: usize = 50_000;
const MESSAGE_BYTES: usize = 40_000_000;

impl MongoStore {
    pub(super) async fn insert_documents(&self, insert: &Insert) -> Inserted {
        let mut bulk = Bulk::new(insert);
        // A part that cannot be sent as a whole is tried in halves, down to the document that is
        // to blame.
        let mut parts = bulk.parts();
        parts.reverse();
        while let Some(part) = parts.pop() {
            let driver = match self.send(&bulk, part.clone()).await {
                Ok(()) => {
                    bulk.settle(part, &Outcome::Inserted);
                    continue;
                }
                Err(StoreError::MongoDb(driver)) => driver,
                Err(error) => {
                    bulk.error = Some(error);
                    break;
                }
            };
            if let ErrorKind::InsertMany(errors) = driver.kind.as_ref() {
                let doubtful = bulk.read(part, errors);
                self.look_up(&mut bulk, doubtful).await;
            } else {
                match classify::failure(&driver) {
                    Failure::Documents if part.len() > 1 => {
                        let middle = part.start + part.len() / 2;
                        parts.extend([middle..part.end, part.start..middle]);
                    }
                    Failure::Documents | Failure::Namespace => {
                        bulk.settle(part, &Outcome::Refused(driver.to_string()));
                    }
                    Failure::Deployment => bulk.error = Some(StoreError::MongoDb(driver)),
                }
            }
            if bulk.error.is_some() {
                break;
            }
        }
        Inserted { outcomes: bulk.outcomes, error: bulk.error }
    }

    async fn send(&self, bulk: &Bulk<'_>, part: Range<usize>) -> Result<(), StoreError> {
        let documents = bulk.sendable.get(part).unwrap_or_default();
        let collection = self.collection::<Document>(bulk.namespace);
        let call = collection.insert_many(documents.iter().map(|(_, document)| *document));
        within(BULK, call.ordered(false)).await.map(drop)
    }

    /// Decides about documents that a unique index refused which may not be that of `_id`.
    ///
    /// A document that was stored before and is sent again offends all unique indexes at once, and
    /// the server names one of them. So the collection is asked whether the `_id` is there.
    async fn look_up(&self, bulk: &mut Bulk<'_>, doubtful: Vec<Doubtful>) {
        for Doubtful { place, reason } in doubtful {
            let Some((_, document)) = bulk.sendable.get(place) else { continue };
            let found = match Bson::try_from(document.id()) {
                Ok(id) => self.get(bulk.namespace, id).await,
                Err(error) => Err(StoreError::Record(error.to_string())),
            };
            match found {
                Ok(Some(_)) => bulk.set(place, Outcome::AlreadyThere),
                Ok(None) => bulk.set(place, Outcome::Refused(reason)),
                Err(error) => {
                    bulk.error = Some(error);
                    return;
                }
            }
        }
    }
}

/// One insert on its way.
struct Bulk<'a> {
    namespace: &'a Namespace,
    /// What is sent, each with its place among the outcomes.
    sendable: Vec<(usize, &'a Document)>,
    outcomes: Vec<Outcome>,
    error: Option<StoreError>,
}

/// A document that some unique index refused.
struct Doubtful {
    place: usize,
    reason: String,
}

impl<'a> Bulk<'a> {
    fn new(insert: &'a Insert) -> Self {
        let mut sendable = Vec::with_capacity(insert.documents.len());
        let outcomes = insert.documents.iter().enumerate().map(|(place, document)| {
            // The driver fails the whole call for one such document, without sending anything.
            let size = document.as_bytes().len();
            if size > MAX_DOCUMENT_BYTES {
                return Outcome::Refused(format!(
                    "{size} bytes are more than {MAX_DOCUMENT_BYTES}"
                ));
            }
            sendable.push((place, document));
            Outcome::Unknown
        });
        let outcomes = outcomes.collect();
        Self { namespace: &insert.namespace, sendable, outcomes, error: None }
    }

    /// Cuts what is to be sent into messages.
    fn parts(&self) -> Vec<Range<usize>> {
        let mut parts = Vec::new();
        let (mut start, mut bytes) = (0, 0);
        for (place, (_, document)) in self.sendable.iter().enumerate() {
            let size = document.as_bytes().len();
            let full = place - start >= MESSAGE_DOCUMENTS || bytes + size > MESSAGE_BYTES;
            if full && place > start {
                parts.push(start..place);
                (start, bytes) = (place, 0);
            }
            bytes += size;
        }
        if start < self.sendable.len() {
            parts.push(start..self.sendable.len());
        }
        parts
    }

    fn set(&mut self, place: usize, outcome: Outcome) {
        let slot = self.sendable.get(place).and_then(|(place, _)| self.outcomes.get_mut(*place));
        if let Some(slot) = slot {
            *slot = outcome;
        }
    }

    fn settle(&mut self, part: Range<usize>, outcome: &Outcome) {
        for place in part {
            self.set(place, outcome.clone());
        }
    }

    /// Takes over what the server says of a part. Everything it does not complain of is stored, but
    /// durable only if it does not complain of the write concern either.
    fn read(&mut self, part: Range<usize>, errors: &InsertManyError) -> Vec<Doubtful> {
        let durable = errors.write_concern_error.is_none();
        if durable {
            self.settle(part.clone(), &Outcome::Inserted);
        }
        let mut doubtful = Vec::new();
        for error in errors.write_errors.iter().flatten() {
            let IndexedWriteError { index, message, .. } = error;
            let place = part.start + index;
            match classify::write_error(self.namespace, error) {
                WriteError::DuplicateId if durable => self.set(place, Outcome::AlreadyThere),
                WriteError::DuplicateId => {}
                WriteError::DuplicateKey => {
                    self.set(place, Outcome::Unknown);
                    if durable {
                        doubtful.push(Doubtful { place, reason: message.clone() });
                    }
                }
                WriteError::Document => self.set(place, Outcome::Refused(message.clone())),
                WriteError::Deployment => {
                    self.set(place, Outcome::Unknown);
                    self.error = Some(StoreError::Write(message.clone()));
                }
            }
        }
        if let Some(error) = &errors.write_concern_error {
            self.error = Some(StoreError::WriteConcern(error.message.clone()));
        }
        doubtful
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::rawdoc;

    fn insert(documents: usize, bytes: usize) -> Insert {
        let text = "x".repeat(bytes);
        let document =
            |id: usize| rawdoc! { "_id": i32::try_from(id).unwrap(), "t": text.as_str() };
        Insert {
            namespace: Namespace::new("d", "c").unwrap(),
            documents: (0..documents).map(|id| document(id).try_into().unwrap()).collect(),
        }
    }

    #[test]
    fn messages_stay_below_the_limits_of_the_driver() {
        let many = insert(MESSAGE_DOCUMENTS + 1, 0);
        assert_eq!(
            Bulk::new(&many).parts(),
            [0..MESSAGE_DOCUMENTS, MESSAGE_DOCUMENTS..MESSAGE_DOCUMENTS + 1]
        );
        let large = insert(5, 15_000_000);
        assert_eq!(Bulk::new(&large).parts(), [0..2, 2..4, 4..5]);
        assert_eq!(Bulk::new(&insert(0, 0)).parts(), []);
    }

    #[test]
    fn what_is_too_large_is_refused_without_being_sent() {
        let mut insert = insert(2, 1);
        insert
            .documents
            .push(rawdoc! { "_id": 9, "t": "x".repeat(MAX_DOCUMENT_BYTES) }.try_into().unwrap());
        let bulk = Bulk::new(&insert);
        assert_eq!(bulk.sendable.len(), 2);
        assert!(matches!(bulk.outcomes[2], Outcome::Refused(_)));
    }
}
