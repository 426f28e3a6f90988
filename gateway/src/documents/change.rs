//! Updating, replacing and deleting.

use bson::{Bson, Document, RawDocumentBuf, doc};
use futures_util::TryStreamExt;

use super::{Collection, DocumentsError, collection::raw};
use crate::{
    query::{Filter, Update},
    store::{self, Find, StoreError},
};

/// Most documents that one request changes.
const MAX_CHANGES: usize = 50_000;
/// How often the change of a document is tried against others who change it.
const MAX_ATTEMPTS: usize = 16;

/// What is done to the documents of a query.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Update(Update),
    Delete,
}

/// A document before and after its change.
#[derive(Debug)]
pub(super) struct Changed {
    pub(super) before: Option<RawDocumentBuf>,
    /// What is there now, if anything is.
    pub(super) after: Option<RawDocumentBuf>,
    /// Whether that is something else.
    pub(super) modified: bool,
}

impl Collection {
    /// Changes the documents of a query: the first in this order, or all. A document that the role
    /// may not find is none of them; one that it may find and not change ends the request.
    pub(super) async fn change(
        &self,
        query: &Document,
        sort: Document,
        change: &Change,
        many: bool,
    ) -> Result<Vec<Changed>, DocumentsError> {
        self.check_ordinary()?;
        let mut changed = Vec::new();
        // All are known before the first is changed: a change may bring a document into the query.
        for id in self.ids(query, sort, many).await? {
            changed.extend(self.change_one(query, &id, change).await?);
        }
        Ok(changed)
    }

    async fn ids(
        &self,
        query: &Document,
        sort: Document,
        many: bool,
    ) -> Result<Vec<Bson>, DocumentsError> {
        let mut found = self.matching(Find { filter: query.clone(), sort, ..Find::default() })?;
        let mut ids = Vec::new();
        while let Some(document) = found.try_next().await? {
            if !self.role.finds_for_write(&document) {
                continue;
            }
            if ids.len() >= MAX_CHANGES {
                return Err(DocumentsError::TooMuch("50,000 documents to change"));
            }
            ids.push(id_of(&document)?);
            if !many {
                break;
            }
        }
        Ok(ids)
    }

    /// Changes a document, unless it has left the query by now.
    async fn change_one(
        &self,
        query: &Document,
        id: &Bson,
        change: &Change,
    ) -> Result<Option<Changed>, DocumentsError> {
        for _ in 0..MAX_ATTEMPTS {
            let filter = doc! { "$and": [{ "_id": { "$eq": id.clone() } }, query.clone()] };
            let find = Find { filter, limit: Some(1), ..Find::default() };
            let Some(before) = self.matching(find)?.try_next().await? else { return Ok(None) };
            if !self.role.finds_for_write(&before) {
                return Ok(None);
            }
            let after = match change {
                Change::Delete => {
                    self.role.may_delete(&before)?;
                    None
                }
                Change::Update(update) => {
                    for path in update.fields() {
                        self.role.may_name(&before, &path)?;
                    }
                    let document = Document::try_from(&*before)
                        .map_err(|error| StoreError::Record(error.to_string()))?;
                    let after = raw(&update.apply(&document, false)?)?;
                    if after == before {
                        let after = Some(after);
                        return Ok(Some(Changed { before: Some(before), after, modified: false }));
                    }
                    self.role.may_update(&before, &after)?;
                    self.check_document(&after)?;
                    Some(after)
                }
            };
            let stored = |document: &RawDocumentBuf| {
                store::Document::try_from(document.clone())
                    .map_err(|error| DocumentsError::Argument(error.to_string()))
            };
            let new = after.as_ref().map(stored).transpose()?;
            if self.store.exchange(&self.namespace, stored(&before)?, new).await? {
                return Ok(Some(Changed { before: Some(before), after, modified: true }));
            }
        }
        Err(DocumentsError::Conflict)
    }

    /// Inserts what an update makes of nothing. Answers the new document.
    pub(super) async fn upsert(
        &self,
        query: &Document,
        update: &Update,
    ) -> Result<(Bson, Changed), DocumentsError> {
        let seed = match update {
            // A replacement takes over nothing but the `_id`.
            Update::Replace(_) => {
                let id = Filter::seed(query).remove("_id");
                id.map(|id| doc! { "_id": id }).unwrap_or_default()
            }
            Update::Change(_) => {
                let mut seed = Document::new();
                for (path, value) in Filter::seed(query) {
                    let set = Update::compile(&doc! { "$set": { path: value } }, &[])?;
                    seed = set.apply(&seed, false)?;
                }
                seed
            }
        };
        let new = update.apply(&seed, true)?;
        let id = self.insert(vec![new.clone()]).await?.pop().unwrap_or(Bson::Null);
        let mut after = new;
        after.insert("_id", id.clone());
        Ok((id, Changed { before: None, after: Some(raw(&after)?), modified: true }))
    }
}

fn id_of(document: &RawDocumentBuf) -> Result<Bson, DocumentsError> {
    let id = document.get("_id").ok().flatten().and_then(|id| Bson::try_from(id).ok());
    id.ok_or_else(|| StoreError::Record("a document without an `_id`".to_owned()).into())
}
