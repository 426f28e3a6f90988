//! Bulk inserts, and what is known of each document afterwards.

use std::ops::Range;

use bson::{Bson, RawArrayBuf, RawDocumentBuf, cstr, rawdoc};
use serde::Deserialize;

use super::{
    classify::{self, Failure, WriteError},
    store::{BULK, BULK_OF_SERVER, MongoStore, millis, within},
};
use crate::{
    Namespace,
    store::{Document, Insert, Inserted, MAX_DOCUMENT_BYTES, Outcome, Store, StoreError},
};

/// Limits of one command, below those of MongoDB (100,000 documents, 16 MiB and a little).
const COMMAND_DOCUMENTS: usize = 50_000;
const COMMAND_BYTES: usize = 16_000_000;

impl MongoStore {
    pub(super) async fn insert_documents(&self, insert: &Insert) -> Inserted {
        let mut bulk = Bulk::new(insert);
        // A part that cannot be sent as a whole is tried in halves, down to the document that is
        // to blame.
        let mut parts = bulk.parts();
        parts.reverse();
        while let Some(part) = parts.pop() {
            match self.send(&bulk, part.clone()).await {
                Ok(answer) => {
                    let doubtful = bulk.read(part, answer);
                    self.look_up(&mut bulk, doubtful).await;
                }
                Err(StoreError::MongoDb(error)) => match classify::failure(&error) {
                    Failure::Documents if part.len() > 1 => {
                        let middle = part.start + part.len() / 2;
                        parts.extend([middle..part.end, part.start..middle]);
                    }
                    Failure::Documents | Failure::Namespace => {
                        bulk.settle(part, &Outcome::Refused(error.to_string()));
                    }
                    Failure::Deployment => bulk.error = Some(StoreError::MongoDb(error)),
                },
                Err(error) => bulk.error = Some(error),
            }
            if bulk.error.is_some() {
                break;
            }
        }
        Inserted { outcomes: bulk.outcomes, error: bulk.error }
    }

    /// As a command of our own: the driver's inserts have no time limit that the server knows.
    async fn send(&self, bulk: &Bulk<'_>, part: Range<usize>) -> Result<Answer, StoreError> {
        let command = bulk.command(part);
        let database = self.database(bulk.namespace);
        let answer = within(BULK, database.run_raw_command(command)).await?;
        bson::deserialize_from_document(answer)
            .map_err(|error| StoreError::Write(error.to_string()))
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

/// What the server says of an insert that it did.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(default)]
    write_errors: Vec<Complaint>,
    write_concern_error: Option<Unconfirmed>,
}

/// A document that it did not store.
#[derive(Debug, Deserialize)]
struct Complaint {
    index: usize,
    code: i32,
    #[serde(default)]
    errmsg: String,
}

/// Why it cannot say that what it stored is durable.
#[derive(Debug, Deserialize)]
struct Unconfirmed {
    #[serde(default)]
    errmsg: String,
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
            // The server refuses the whole command for one such document.
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

    /// The command that inserts a part.
    fn command(&self, part: Range<usize>) -> RawDocumentBuf {
        let mut documents = RawArrayBuf::new();
        for (_, document) in self.sendable.get(part).unwrap_or_default() {
            documents.push(document.as_raw());
        }
        let mut command = rawdoc! {
            "insert": self.namespace.collection(),
            "ordered": false,
            "writeConcern": MongoStore::write_concern(),
            "maxTimeMS": millis(BULK_OF_SERVER),
        };
        command.append(cstr!("documents"), documents);
        command
    }

    /// Cuts what is to be sent into commands.
    fn parts(&self) -> Vec<Range<usize>> {
        let mut parts = Vec::new();
        let (mut start, mut bytes) = (0, 0);
        for (place, (_, document)) in self.sendable.iter().enumerate() {
            let size = document.as_bytes().len();
            let full = place - start >= COMMAND_DOCUMENTS || bytes + size > COMMAND_BYTES;
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
    fn read(&mut self, part: Range<usize>, answer: Answer) -> Vec<Doubtful> {
        let durable = answer.write_concern_error.is_none();
        if durable {
            self.settle(part.clone(), &Outcome::Inserted);
        }
        let mut doubtful = Vec::new();
        for Complaint { index, code, errmsg: message } in answer.write_errors {
            let place = part.start + index;
            match classify::write_error(self.namespace, code, &message) {
                WriteError::DuplicateId if durable => self.set(place, Outcome::AlreadyThere),
                WriteError::DuplicateId => {}
                WriteError::DuplicateKey => {
                    self.set(place, Outcome::Unknown);
                    if durable {
                        doubtful.push(Doubtful { place, reason: message });
                    }
                }
                WriteError::Document => self.set(place, Outcome::Refused(message)),
                WriteError::Deployment => {
                    self.set(place, Outcome::Unknown);
                    self.error = Some(StoreError::Write(message));
                }
            }
        }
        if let Some(Unconfirmed { errmsg }) = answer.write_concern_error {
            self.error = Some(StoreError::WriteConcern(errmsg));
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
    fn commands_stay_below_the_limits_of_the_server() {
        let many = insert(COMMAND_DOCUMENTS + 1, 0);
        assert_eq!(
            Bulk::new(&many).parts(),
            [0..COMMAND_DOCUMENTS, COMMAND_DOCUMENTS..COMMAND_DOCUMENTS + 1]
        );
        let large = insert(5, 7_000_000);
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
