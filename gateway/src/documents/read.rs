//! Finding and counting.

use bson::{Bson, Document, RawDocumentBuf};
use futures_util::{Stream, StreamExt, TryStreamExt, stream::BoxStream};

use super::{Argument, Collection, DocumentsError};
use crate::{
    query::Projection,
    store::{Find, StoreError},
};

/// Most documents of an answer.
const MAX_DOCUMENTS: u64 = 50_000;
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
        let projections = self.projections(&argument.document(PROJECTION)?)?;
        let asked = Find {
            filter: argument.document(QUERY)?,
            sort: argument.document(&["sort"])?,
            skip: argument.number("skip")?.unwrap_or(0),
            limit: limit.or(argument.number("limit")?.filter(|limit| *limit > 0)),
        };
        let mut found = self.visible(asked)?;
        let mut answer = Vec::new();
        let mut bytes = 0;
        while let Some(document) = found.try_next().await? {
            bytes += document.as_bytes().len();
            if answer.len() as u64 >= MAX_DOCUMENTS {
                return Err(DocumentsError::TooMuch("50,000 documents"));
            }
            if bytes > MAX_BYTES {
                return Err(DocumentsError::TooMuch("64 MiB of documents"));
            }
            answer.extend(self.shown(&document, &projections)?);
        }
        Ok(answer)
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
        let count = self.visible(find)?.try_fold(0, |count, _| async move { Ok(count + 1) });
        Ok(count.await?)
    }

    /// Documents that the role sees, whole.
    pub(super) fn visible(
        &self,
        asked: Find,
    ) -> Result<BoxStream<'_, Result<RawDocumentBuf, StoreError>>, DocumentsError> {
        let (filter, exact) = self.query(asked.filter)?;
        let seen = |find| {
            self.store.search(&self.namespace, find).try_filter(|document| {
                let sees = self.role.sees(document);
                async move { sees }
            })
        };
        if exact {
            return Ok(seen(Find { filter, ..asked }).boxed());
        }
        // The store does not know what the role hides, and so cannot count what it leaves out.
        let find = Find { filter, sort: asked.sort, ..Find::default() };
        Ok(limited(seen(find), asked.skip, asked.limit).boxed())
    }

    /// What is answered of a document: what the role may read of it, projected.
    pub(super) fn shown(
        &self,
        document: &RawDocumentBuf,
        projections: &[Projection],
    ) -> Result<Option<Bson>, DocumentsError> {
        let Some(readable) = self.role.readable(document) else { return Ok(None) };
        let projected = projections.iter().fold(readable, |document, p| p.apply(&document));
        let document = Document::try_from(&*projected)
            .map_err(|error| StoreError::Record(error.to_string()))?;
        Ok(Some(document.into()))
    }

    /// The projection of a request and those of the filters.
    pub(super) fn projections(&self, asked: &Document) -> Result<Vec<Projection>, DocumentsError> {
        let all = self.filters.projections.iter().chain([asked]);
        let mut compiled = Vec::new();
        for projection in all {
            compiled.extend(Projection::compile(projection)?);
        }
        Ok(compiled)
    }
}

fn limited<T>(
    stream: impl Stream<Item = Result<T, StoreError>>,
    skip: u64,
    limit: Option<u64>,
) -> impl Stream<Item = Result<T, StoreError>> {
    let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    stream.skip(number(skip)).take(limit.map_or(usize::MAX, number))
}
