//! New documents.

use bson::{Bson, Document, doc, oid::ObjectId};

use super::{Collection, DocumentsError, collection::raw};
use crate::store::{self, Insert, Outcome};

impl Collection {
    /// Stores documents: all of them, or, if one of them may not be stored, none. Answers their ids.
    pub(super) async fn insert(
        &self,
        documents: Vec<Document>,
    ) -> Result<Vec<Bson>, DocumentsError> {
        if documents.is_empty() {
            return Err(DocumentsError::Argument("there is no document to insert".to_owned()));
        }
        let mut ids = Vec::with_capacity(documents.len());
        let mut checked = Vec::with_capacity(documents.len());
        for document in documents {
            let document = with_id(document);
            ids.extend(document.get("_id").cloned());
            let document = raw(&document)?;
            self.role.may_insert(&document)?;
            self.check_document(&document)?;
            let document = store::Document::try_from(document)
                .map_err(|error| DocumentsError::Argument(error.to_string()))?;
            checked.push(document);
        }
        let insert = Insert { namespace: self.namespace.clone(), documents: checked };
        let inserted = self.store.insert(vec![insert]).await.pop();
        let inserted = inserted.ok_or(store::StoreError::Closed)?;
        for (outcome, id) in inserted.outcomes.iter().zip(&ids) {
            match outcome {
                Outcome::Inserted => {}
                Outcome::AlreadyThere => {
                    let key = format!("duplicate key: there is a document with the `_id` {id}");
                    return Err(DocumentsError::Refused(key));
                }
                Outcome::Refused(reason) => return Err(DocumentsError::Refused(reason.clone())),
                Outcome::Unknown => {
                    return Err(inserted.error.unwrap_or(store::StoreError::Closed).into());
                }
            }
        }
        Ok(ids)
    }
}

fn with_id(document: Document) -> Document {
    if document.contains_key("_id") {
        return document;
    }
    // The `_id` comes first, as drivers put it.
    let mut with_id = doc! { "_id": ObjectId::new() };
    with_id.extend(document);
    with_id
}
