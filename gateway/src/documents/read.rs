//! Finding and counting.

use bson::{Bson, Document, RawDocumentBuf};
use futures_util::{Stream, TryStreamExt};

use super::{Argument, Collection, DocumentsError};
use crate::{
    query::Projection,
    store::{Find, StoreError},
};

/// Most documents of an answer.
const MAX_DOCUMENTS: usize = 50_000;
/// Most bytes of documents in an answer.
const MAX_BYTES: usize = 64 * 1024 * 1024;

pub(super) const QUERY: &[&str] = &["query", "filter"];
pub(super) const PROJECTION: &[&str] = &["project", "projection"];

impl Collection {
    /// The documents that an argument asks for, as far as the role may read them.
    pub(super) async fn find(
        &self,
        argument: &Argument,
        limit: Option<u64>,
    ) -> Result<Vec<Bson>, DocumentsError> {
        self.check_ordinary()?;
        let projection = Projection::compile(&argument.document(PROJECTION)?)?;
        let asked = Find {
            filter: argument.document(QUERY)?,
            sort: argument.document(&["sort"])?,
            skip: argument.number("skip")?.unwrap_or(0),
            limit: limit.or(argument.number("limit")?.filter(|limit| *limit > 0)),
        };
        answer(self.matching(asked)?, |document| self.shown(&document, projection.as_ref())).await
    }

    /// How many documents of a query the role sees.
    pub(super) async fn count(&self, argument: &Argument) -> Result<u64, DocumentsError> {
        if !self.countable {
            self.check_ordinary()?;
        }
        let filter = argument.document(QUERY)?;
        let limit = argument.number("limit")?.filter(|limit| *limit > 0);
        let everything = filter.is_empty() && limit.is_none();
        if everything && self.filters.queries.is_empty() && self.role.sees_everything() {
            return Ok(self.store.count(&self.namespace).await?);
        }
        let find = Find { filter, limit, ..Find::default() };
        let count = self.matching(find)?.try_fold(0, |count, _| async move { Ok(count + 1) });
        Ok(count.await?)
    }

    /// What is answered of a document: what is shown of it, projected.
    pub(super) fn shown(
        &self,
        document: &RawDocumentBuf,
        projection: Option<&Projection>,
    ) -> Result<Option<Bson>, DocumentsError> {
        let Some(shown) = self.shown_part(document) else { return Ok(None) };
        let projected = match projection {
            Some(projection) => projection.apply(&shown),
            None => shown,
        };
        decoded(&projected).map(Some)
    }
}

pub(super) fn decoded(document: &RawDocumentBuf) -> Result<Bson, DocumentsError> {
    let document = Document::try_from(&**document);
    Ok(document.map_err(|error| StoreError::Record(error.to_string()))?.into())
}

/// Collects what is answered, up to its limits.
pub(super) async fn answer(
    mut found: impl Stream<Item = Result<RawDocumentBuf, StoreError>> + Unpin,
    shown: impl Fn(RawDocumentBuf) -> Result<Option<Bson>, DocumentsError>,
) -> Result<Vec<Bson>, DocumentsError> {
    let mut answer = Vec::new();
    let mut bytes = 0;
    while let Some(document) = found.try_next().await? {
        bytes += document.as_bytes().len();
        if answer.len() >= MAX_DOCUMENTS {
            return Err(DocumentsError::TooMuch("50,000 documents"));
        }
        if bytes > MAX_BYTES {
            return Err(DocumentsError::TooMuch("64 MiB of documents"));
        }
        answer.extend(shown(document)?);
    }
    Ok(answer)
}
