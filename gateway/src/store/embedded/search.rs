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
    store::{Find, Store, StoreError, in_order, limited},
};

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
    let ordered = if sort.is_empty() {
        matching.boxed()
    } else {
        let compare =
            move |left: &RawDocumentBuf, right: &RawDocumentBuf| sort.compare(left, right);
        in_order(matching, |document| document.as_bytes().len(), compare, find.end())
    };
    limited(ordered, find.skip, find.limit).boxed()
}
