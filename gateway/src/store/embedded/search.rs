//! Finding documents without an index: by `_id`, or by looking at all of them.

use bson::{Bson, RawDocumentBuf};
use futures_util::{
    FutureExt, StreamExt, TryStreamExt,
    stream::{self, BoxStream},
};

use super::EmbeddedStore;
use crate::{
    Namespace,
    query::{Filter, Sort},
    store::{Find, Store, StoreError},
};

/// Documents that are put in order in memory, together, in MiB.
const MAX_SORT: usize = 64;

pub(super) fn search<'a>(
    store: &'a EmbeddedStore,
    namespace: &'a Namespace,
    find: &Find,
) -> BoxStream<'a, Result<RawDocumentBuf, StoreError>> {
    let compiled = Filter::compile(&find.filter)
        .and_then(|filter| Ok((filter, Sort::compile(&find.sort)?)))
        .map_err(StoreError::from);
    let (filter, sort) = match compiled {
        Ok(compiled) => compiled,
        Err(error) => return stream::iter([Err(error)]).boxed(),
    };
    let candidates = match filter.id().and_then(|id| Bson::try_from(id.clone()).ok()) {
        Some(id) => store
            .get(namespace, id)
            .map(|found| stream::iter(found.transpose()))
            .flatten_stream()
            .boxed(),
        None => store.find(namespace),
    };
    let matching = candidates.try_filter(move |document| {
        let matches = filter.matches(document);
        async move { matches }
    });
    let ordered = if sort.is_empty() { matching.boxed() } else { in_order(matching.boxed(), sort) };
    let skip = usize::try_from(find.skip).unwrap_or(usize::MAX);
    let limit = find.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    ordered.skip(skip).take(limit).boxed()
}

fn in_order(
    documents: BoxStream<'_, Result<RawDocumentBuf, StoreError>>,
    sort: Sort,
) -> BoxStream<'_, Result<RawDocumentBuf, StoreError>> {
    let collect = documents.try_fold((Vec::new(), 0), |(mut all, bytes), document| async move {
        let bytes = bytes + document.as_bytes().len();
        if bytes > MAX_SORT * 1024 * 1024 {
            return Err(StoreError::Sort(MAX_SORT));
        }
        all.push(document);
        Ok((all, bytes))
    });
    let sorted = collect.map(move |collected| match collected {
        Ok((mut all, _)) => {
            all.sort_by(|left, right| sort.compare(left, right));
            stream::iter(all).map(Ok).left_stream()
        }
        Err(error) => stream::iter([Err(error)]).right_stream(),
    });
    sorted.flatten_stream().boxed()
}
