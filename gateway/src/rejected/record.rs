//! One rejected object, and the collection of all of them.

use std::sync::Arc;

use asymmetric_protocol::{ClientFileId, SequenceNumber, ack::RejectionCode};
use bson::{Binary, DateTime, oid::ObjectId, spec::BinarySubtype};
use futures_util::{Stream, TryStreamExt};
use serde::{Deserialize, Serialize};

use crate::{
    Namespace, Store,
    store::{Document, Insert, MAX_DOCUMENT_BYTES, Outcome, Record, Records, StoreError},
};

/// Room for what is said about an object.
const ABOUT_BYTES: usize = 64 * 1024;
/// Longest reason that is kept, in bytes.
const REASON_BYTES: usize = 8 * 1024;

/// An object that was rejected: what it was, where it was to go, and why it did not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RejectedObject {
    /// Client file and sequence number, as `65f0c0ffee00000000000050-12`.
    #[serde(rename = "_id")]
    pub id: String,
    /// When it was rejected first.
    pub at: DateTime,
    /// Client app id of the app.
    pub app: String,
    /// The user that sent it.
    pub user: ObjectId,
    /// Name of its class.
    pub class: String,
    /// Database it was to go to, as the device named it.
    pub database: String,
    /// Collection it was to go to, as the device named it.
    pub collection: String,
    /// The word that the device was told.
    pub code: String,
    /// Why, for people.
    pub reason: String,
    /// The bytes of the object, as they came; `None` if they were too many to be kept.
    pub document: Option<Binary>,
}

impl Record for RejectedObject {
    const COLLECTION: &'static str = "rejected";
}

impl RejectedObject {
    /// Id of an object of a device.
    pub(crate) fn id_of(client: ClientFileId, sequence: SequenceNumber) -> String {
        format!("{client}-{sequence}")
    }

    /// The code and the reason as they are kept.
    pub(crate) fn why(code: &RejectionCode, reason: &str) -> (String, String) {
        let mut end = reason.len().min(REASON_BYTES);
        while !reason.is_char_boundary(end) {
            end -= 1;
        }
        (code.as_str().to_owned(), reason.get(..end).unwrap_or_default().to_owned())
    }

    /// The bytes of an object, if they fit into a document beside what is said about it.
    pub(crate) fn payload(bytes: &[u8]) -> Option<Binary> {
        let fits = bytes.len() + ABOUT_BYTES <= MAX_DOCUMENT_BYTES;
        fits.then(|| Binary { subtype: BinarySubtype::Generic, bytes: bytes.to_vec() })
    }
}

/// All rejected objects of a store.
#[derive(Clone, Debug)]
pub struct RejectedObjects {
    pub(super) store: Arc<dyn Store>,
    namespace: Namespace,
}

impl RejectedObjects {
    /// Those of this store.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store, namespace: RejectedObject::namespace() }
    }

    /// All of them, in no particular order.
    pub fn list(&self) -> impl Stream<Item = Result<RejectedObject, StoreError>> {
        self.store.find(&self.namespace).and_then(|document| async move {
            bson::deserialize_from_slice(document.as_bytes())
                .map_err(|error| StoreError::Record(error.to_string()))
        })
    }

    /// The one of this id.
    pub async fn get(&self, id: &str) -> Result<Option<RejectedObject>, StoreError> {
        Records::new(Arc::clone(&self.store)).get(id).await
    }

    /// Forgets one. Answers whether it was there.
    pub async fn discard(&self, id: &str) -> Result<bool, StoreError> {
        Records::new(Arc::clone(&self.store)).delete::<RejectedObject>(id).await
    }

    /// Keeps objects. One that is kept already stays as it is.
    pub(crate) async fn keep(&self, objects: &[RejectedObject]) -> Result<(), StoreError> {
        let documents = objects.iter().map(|object| {
            let document = bson::serialize_to_raw_document_buf(object)
                .map_err(|error| StoreError::Record(error.to_string()))?;
            Ok(Document::try_from(document)?)
        });
        let documents = documents.collect::<Result<_, StoreError>>()?;
        let insert = Insert { namespace: self.namespace.clone(), documents };
        let inserted = self.store.insert(vec![insert]).await.pop();
        let Some(inserted) = inserted else { return Err(StoreError::Closed) };
        let kept = |outcome: &Outcome| matches!(outcome, Outcome::Inserted | Outcome::AlreadyThere);
        if inserted.outcomes.len() == objects.len() && inserted.outcomes.iter().all(kept) {
            Ok(())
        } else {
            Err(inserted.error.unwrap_or(StoreError::Closed))
        }
    }
}
