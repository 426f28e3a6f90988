//! Finding documents without an index: by `_id`, or by looking at all of them.

use bson::{Bson, RawDocumentBuf};
use futures_util::{
    FutureExt, StreamExt, TryFutureExt, TryStreamExt,
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
/// Documents that are kept before those that nobody wants to see are let go.
const MIN_KEPT: usize = 64;

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
    let skip = usize::try_from(find.skip).unwrap_or(usize::MAX);
    let limit = find.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let ordered = if sort.is_empty() {
        matching.boxed()
    } else {
        in_order(matching.boxed(), sort, skip.saturating_add(limit))
    };
    ordered.skip(skip).take(limit).boxed()
}

/// The first `wanted` of these documents in order. Others are not held in memory for long.
fn in_order(
    mut documents: BoxStream<'_, Result<RawDocumentBuf, StoreError>>,
    sort: Sort,
    wanted: usize,
) -> BoxStream<'_, Result<RawDocumentBuf, StoreError>> {
    let sorted = async move {
        let (mut kept, mut bytes) = (Vec::new(), 0);
        while let Some(document) = documents.try_next().await? {
            bytes += document.as_bytes().len();
            kept.push(document);
            if bytes > MAX_SORT * 1024 * 1024 || kept.len() / 2 > wanted.max(MIN_KEPT) {
                kept.sort_by(|left, right| sort.compare(left, right));
                kept.truncate(wanted);
                bytes = kept.iter().map(|document| document.as_bytes().len()).sum();
            }
            if bytes > MAX_SORT * 1024 * 1024 {
                return Err(StoreError::Sort(MAX_SORT));
            }
        }
        kept.sort_by(|left, right| sort.compare(left, right));
        kept.truncate(wanted);
        Ok(stream::iter(kept).map(Ok))
    };
    sorted.try_flatten_stream().boxed()
}

#[cfg(test)]
mod tests {
    use bson::{doc, rawdoc};

    use super::*;

    /// Documents of a megabyte each, the largest number first.
    fn large(count: i32) -> BoxStream<'static, Result<RawDocumentBuf, StoreError>> {
        let document = |n| Ok(rawdoc! { "n": n, "filler": "x".repeat(1024 * 1024) });
        stream::iter((0..count).rev()).map(document).boxed()
    }

    #[tokio::test]
    async fn more_than_fits_is_put_in_order_if_only_a_part_is_wanted() {
        let sort = || Sort::compile(&doc! { "n": 1 }).unwrap();
        let count = i32::try_from(MAX_SORT).unwrap() + 6;
        let first = in_order(large(count), sort(), 3).map_ok(|found| found.get_i32("n").unwrap());
        assert_eq!(first.try_collect::<Vec<_>>().await.unwrap(), [0, 1, 2]);
        let all = in_order(large(count), sort(), usize::MAX).try_collect::<Vec<_>>().await;
        assert!(matches!(all, Err(StoreError::Sort(MAX_SORT))));
    }
}
