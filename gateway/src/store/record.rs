//! Typed records of the gateway on top of a store.

use std::sync::Arc;

use bson::{Bson, DateTime, doc};
use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Document, Find, Insert, Outcome, Store, StoreError};
use crate::Namespace;

/// How often a change of a record is tried against others who change it.
const MAX_ATTEMPTS: usize = 32;
/// Ids of expired records that are held in memory at once.
const EXPIRED_AT_ONCE: u64 = 10_000;

/// Something the gateway keeps in its own database. The serialised form has an `_id`.
pub(crate) trait Record: Serialize + DeserializeOwned {
    /// Collection of the records of this type.
    const COLLECTION: &'static str;

    fn namespace() -> Namespace {
        Namespace::system(Self::COLLECTION)
    }
}

/// Reads and writes records.
#[derive(Clone, Debug)]
pub(crate) struct Records(Arc<dyn Store>);

impl Records {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self(store)
    }

    /// The store that they are in.
    pub(crate) fn store(&self) -> &Arc<dyn Store> {
        &self.0
    }

    pub(crate) async fn get<R: Record>(
        &self,
        id: impl Into<Bson>,
    ) -> Result<Option<R>, StoreError> {
        let document = self.0.get(&R::namespace(), id.into()).await?;
        document.map(|document| read(document.as_bytes())).transpose()
    }

    /// Stores a record unless there is one with its `_id`; answers whether it was stored.
    pub(crate) async fn insert<R: Record>(&self, record: &R) -> Result<bool, StoreError> {
        let insert = insert_of(record)?;
        let inserted = self.0.insert(vec![insert]).await;
        let inserted = inserted.into_iter().next().ok_or(StoreError::Closed)?;
        match (inserted.outcomes.into_iter().next(), inserted.error) {
            (Some(Outcome::Inserted), _) => Ok(true),
            (Some(Outcome::AlreadyThere), _) => Ok(false),
            (Some(Outcome::Refused(reason)), _) => Err(StoreError::Record(reason)),
            (Some(Outcome::Unknown) | None, error) => Err(error.unwrap_or(StoreError::Closed)),
        }
    }

    /// Changes a record, however many others do so at the same time. `change` is asked again with
    /// what is there by then; it answers whether there is anything to write. `None` if there is no
    /// such record.
    pub(crate) async fn update<R: Record>(
        &self,
        id: impl Into<Bson>,
        mut change: impl FnMut(&mut R) -> bool,
    ) -> Result<Option<R>, StoreError> {
        let (namespace, id) = (R::namespace(), id.into());
        for _ in 0..MAX_ATTEMPTS {
            let Some(before) = self.0.get(&namespace, id.clone()).await? else { return Ok(None) };
            let mut record: R = read(before.as_bytes())?;
            if !change(&mut record) {
                return Ok(Some(record));
            }
            let after = document_of(&record)?;
            let before = Document::try_from(before)?;
            if self.0.exchange(&namespace, before, Some(after)).await? {
                return Ok(Some(record));
            }
        }
        Err(StoreError::Record("too many changes of one record at the same time".to_owned()))
    }

    /// Puts a record in the place of the one that was read, if that is still there. Answers whether
    /// it was.
    pub(crate) async fn exchange<R: Record>(
        &self,
        before: &R,
        after: &R,
    ) -> Result<bool, StoreError> {
        let (before, after) = (document_of(before)?, document_of(after)?);
        self.0.exchange(&R::namespace(), before, Some(after)).await
    }

    /// Removes a record, if it is still what was read. Answers whether it was.
    pub(crate) async fn remove<R: Record>(&self, before: &R) -> Result<bool, StoreError> {
        self.0.exchange(&R::namespace(), document_of(before)?, None).await
    }

    /// Stores a record, in the place of the one with its `_id` if there is one.
    pub(crate) async fn put<R: Record>(&self, record: &R) -> Result<(), StoreError> {
        while !self.insert(record).await? {
            let document = insert_of(record)?.documents.swap_remove(0);
            if self.0.replace(&R::namespace(), document).await? {
                break;
            }
        }
        Ok(())
    }

    /// All records of a type.
    pub(crate) async fn all<R: Record>(&self) -> Result<Vec<R>, StoreError> {
        let namespace = R::namespace();
        let found = self.0.find(&namespace);
        found.and_then(|document| async move { read(document.as_bytes()) }).try_collect().await
    }

    /// Records that fit.
    pub(crate) async fn search<R: Record>(&self, find: Find) -> Result<Vec<R>, StoreError> {
        let namespace = R::namespace();
        let found = self.0.search(&namespace, find);
        found.and_then(|document| async move { read(document.as_bytes()) }).try_collect().await
    }

    /// Removes records of a type whose `expires_at` is earlier than this. Answers how many.
    pub(crate) async fn expire<R: Record>(&self, before: DateTime) -> Result<u64, StoreError> {
        let namespace = R::namespace();
        let mut removed = 0;
        loop {
            let filter = doc! { "expires_at": { "$lt": before } };
            let find = Find { filter, limit: Some(EXPIRED_AT_ONCE), ..Find::default() };
            let expired = self.0.search(&namespace, find);
            let ids = expired.and_then(|document| async move { id_of(document.as_bytes()) });
            let ids: Vec<Bson> = ids.try_collect().await?;
            let count = ids.len() as u64;
            for id in ids {
                removed += u64::from(self.0.delete(&namespace, id).await?);
            }
            if count < EXPIRED_AT_ONCE {
                return Ok(removed);
            }
        }
    }

    pub(crate) async fn delete<R: Record>(&self, id: impl Into<Bson>) -> Result<bool, StoreError> {
        self.0.delete(&R::namespace(), id.into()).await
    }
}

fn insert_of<R: Record>(record: &R) -> Result<Insert, StoreError> {
    Ok(Insert { namespace: R::namespace(), documents: vec![document_of(record)?] })
}

fn document_of<R: Record>(record: &R) -> Result<Document, StoreError> {
    let document = bson::serialize_to_raw_document_buf(record)
        .map_err(|error| StoreError::Record(error.to_string()))?;
    Ok(Document::try_from(document)?)
}

fn read<R: Record>(bytes: &[u8]) -> Result<R, StoreError> {
    bson::deserialize_from_slice(bytes).map_err(|error| StoreError::Record(error.to_string()))
}

fn id_of(bytes: &[u8]) -> Result<Bson, StoreError> {
    #[derive(Deserialize)]
    struct Id {
        #[serde(rename = "_id")]
        id: Bson,
    }
    let Id { id } = bson::deserialize_from_slice(bytes)
        .map_err(|error| StoreError::Record(error.to_string()))?;
    Ok(id)
}
