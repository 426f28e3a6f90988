//! Searching for documents, as far as the role shows them.
//!
//! To a request, a field that the role hides is not there: it is neither answered, nor found by, nor
//! sorted by. A query that names only fields that are shown whatever the document is goes to the
//! store; any other is asked here, of what the role shows of each document.

use bson::{Document, RawDocumentBuf};
use futures_util::{StreamExt, TryStreamExt, future::ready, stream::BoxStream};

use super::{Collection, DocumentsError, collection::check_no_code};
use crate::{
    query::{Filter, Sort},
    store::{Find, StoreError, in_order, limited},
};

/// A document, and what the role shows of it.
struct Seen {
    whole: RawDocumentBuf,
    shown: RawDocumentBuf,
}

impl Collection {
    /// Documents that the role sees and that are asked for, whole.
    pub(super) fn matching(
        &self,
        asked: Find,
    ) -> Result<BoxStream<'_, Result<RawDocumentBuf, StoreError>>, DocumentsError> {
        check_no_code(&asked.filter)?;
        let shown = |field: &str| self.shows(field);
        let open = || names_only(&asked.filter, &shown) && names_only(&asked.sort, &shown);
        if !self.shows_all() && !open() {
            return self.matching_here(&asked);
        }
        let (filter, exact) = self.with_rules(asked.filter);
        let seen = |find| {
            let found = self.store.search(&self.namespace, find);
            found.try_filter(|document| ready(self.role.sees(document)))
        };
        if exact {
            return Ok(seen(Find { filter, ..asked }).boxed());
        }
        // The store does not know what the role hides, and so cannot count what it leaves out.
        let find = Find { filter, sort: asked.sort, ..Find::default() };
        Ok(limited(seen(find), asked.skip, asked.limit).boxed())
    }

    fn matching_here(
        &self,
        asked: &Find,
    ) -> Result<BoxStream<'_, Result<RawDocumentBuf, StoreError>>, DocumentsError> {
        let (filter, sort) = (Filter::compile(&asked.filter)?, Sort::compile(&asked.sort)?);
        let find = Find { filter: self.with_rules(Document::new()).0, ..Find::default() };
        let found = self.store.search(&self.namespace, find);
        let seen = found.try_filter_map(move |whole| {
            let shown = self.shown_part(&whole).filter(|shown| filter.matches(shown));
            ready(Ok(shown.map(|shown| Seen { whole, shown })))
        });
        let ordered = if sort.is_empty() {
            seen.boxed()
        } else {
            let bytes = |seen: &Seen| seen.whole.as_bytes().len() + seen.shown.as_bytes().len();
            let compare = move |left: &Seen, right: &Seen| sort.compare(&left.shown, &right.shown);
            in_order(seen, bytes, compare, asked.end())
        };
        let whole = ordered.map_ok(|seen| seen.whole);
        Ok(limited(whole, asked.skip, asked.limit).boxed())
    }

    /// What is shown of a document: what the role may read, without what filters leave out.
    pub(super) fn shown_part(&self, document: &RawDocumentBuf) -> Option<RawDocumentBuf> {
        let readable = self.role.readable(document)?;
        Some(self.projections.iter().fold(readable, |document, p| p.apply(&document)))
    }

    /// Whether all of this field is shown, whatever the document is.
    fn shows(&self, field: &str) -> bool {
        self.role.shows(field) && self.projections.iter().all(|p| p.shows(field))
    }

    /// The same for every field.
    pub(super) fn shows_all(&self) -> bool {
        self.role.shows_all() && self.projections.is_empty()
    }
}

/// Whether a query or a sort names no field but those that are shown. An operator that does not stand
/// below a field may name any.
fn names_only(query: &Document, shown: &dyn Fn(&str) -> bool) -> bool {
    query.iter().all(|(key, value)| match key.as_str() {
        "$and" | "$or" | "$nor" => value.as_array().is_some_and(|parts| {
            let mut parts = parts.iter().map(|part| part.as_document());
            parts.all(|part| part.is_some_and(|part| names_only(part, shown)))
        }),
        "$comment" => true,
        key if key.starts_with('$') => false,
        path => path.split('.').next().is_some_and(|field| !field.is_empty() && shown(field)),
    })
}

#[cfg(test)]
mod tests {
    use bson::doc;

    use super::*;

    #[test]
    fn a_query_is_for_the_store_only_if_it_names_nothing_hidden() {
        let shown = |field: &str| field != "secret";
        for (query, open) in [
            (doc! {}, true),
            (doc! { "a": 1, "b.c": { "$regex": "x" }, "$comment": "c" }, true),
            (
                doc! { "$and": [{ "a": 1 }, { "$or": [{ "b": 1 }, { "$nor": [{ "c": 1 }] }] }] },
                true,
            ),
            (doc! { "secret": 1 }, false),
            (doc! { "a": 1, "secret.b": 1 }, false),
            (
                doc! { "$and": [{ "a": 1 }, { "$or": [{ "b": 1 }, { "$nor": [{ "secret": 1 }] }] }] },
                false,
            ),
            (doc! { "$expr": { "$eq": ["$secret", 1] } }, false),
            (doc! { "$or": [{ "$expr": { "$eq": ["$secret", 1] } }] }, false),
            (doc! { "$jsonSchema": { "required": ["secret"] } }, false),
            (doc! { "$text": { "$search": "x" } }, false),
            (doc! { "$or": "secret" }, false),
            (doc! { "": 1 }, false),
        ] {
            assert_eq!(names_only(&query, &shown), open, "{query}");
        }
    }
}
