//! Putting values into a document, whether it is there or not.

use bson::{Document, doc};

use super::{Collection, DocumentsError, change::Change};
use crate::query::Update;

impl Collection {
    /// Sets the properties of `document` in the one of its `_id`, and removes those of `unset`; or
    /// makes the document, if there is none. Doing it again changes nothing.
    pub(crate) async fn merge(
        &self,
        document: &Document,
        unset: &[String],
    ) -> Result<(), DocumentsError> {
        let query = doc! { "_id": { "$eq": document.get("_id").cloned() } };
        let change = Change::Update(update_of(document, unset)?);
        let merged = self.change(&query, Document::new(), &change, false).await?;
        if !merged.is_empty() {
            return Ok(());
        }
        match self.insert(vec![document.clone()]).await {
            // Somebody else made it in between; or the role may not find it, and then the second
            // attempt fails like the first.
            Err(DocumentsError::Refused(_)) => {}
            inserted => return inserted.map(|_| ()),
        }
        let merged = self.change(&query, Document::new(), &change, false).await?;
        if merged.is_empty() {
            return Err(DocumentsError::Refused(
                "there is a document of this `_id` that the role may not change".to_owned(),
            ));
        }
        Ok(())
    }
}

fn update_of(document: &Document, unset: &[String]) -> Result<Update, DocumentsError> {
    let mut set = document.clone();
    let id = set.remove("_id");
    let unset: Document = unset.iter().map(|name| (name.clone(), "".into())).collect();
    for name in set.keys().chain(unset.keys()) {
        // To an update these mean something else.
        if name.contains('.') || name.starts_with('$') {
            let what =
                format!("the property `{name}` cannot be changed: it has a dot, or a dollar");
            return Err(DocumentsError::Argument(what));
        }
    }
    let mut update = Document::new();
    for (operator, properties) in [("$set", set), ("$unset", unset)] {
        if !properties.is_empty() {
            update.insert(operator, properties);
        }
    }
    if update.is_empty() {
        // An object of which nothing was set is only made; what is there stays as it is.
        update.insert("$setOnInsert", doc! { "_id": id });
    }
    Ok(Update::compile(&update, &[])?)
}
