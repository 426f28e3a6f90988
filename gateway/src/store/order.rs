//! Streams of documents in order and in part, where the store does not see to that.

use std::cmp::Ordering;

use futures_util::{
    Stream, StreamExt, TryStreamExt,
    stream::{self, BoxStream},
};

use super::StoreError;

/// What is put in order in memory, together, in MiB.
const MAX_SORT: usize = 64;
/// Items that are kept before those that nobody wants to see are let go.
const MIN_KEPT: usize = 64;

/// The first `wanted` items in order. Others are not held in memory for long. Fails if even those
/// take more memory than is spent on that.
pub(crate) fn in_order<'a, T: Send + 'a>(
    items: impl Stream<Item = Result<T, StoreError>> + Send + 'a,
    bytes: impl Fn(&T) -> usize + Send + 'a,
    compare: impl Fn(&T, &T) -> Ordering + Send + 'a,
    wanted: usize,
) -> BoxStream<'a, Result<T, StoreError>> {
    let sorted = async move {
        let mut items = std::pin::pin!(items);
        let (mut kept, mut size) = (Vec::new(), 0);
        while let Some(item) = items.try_next().await? {
            size += bytes(&item);
            kept.push(item);
            if size > MAX_SORT * 1024 * 1024 || kept.len() / 2 > wanted.max(MIN_KEPT) {
                kept.sort_by(&compare);
                kept.truncate(wanted);
                size = kept.iter().map(&bytes).sum();
            }
            if size > MAX_SORT * 1024 * 1024 {
                return Err(StoreError::Sort(MAX_SORT));
            }
        }
        kept.sort_by(&compare);
        kept.truncate(wanted);
        Ok(stream::iter(kept).map(Ok))
    };
    stream::once(sorted).try_flatten().boxed()
}

/// What is left without the first, and up to a limit.
pub(crate) fn limited<T>(
    items: impl Stream<Item = Result<T, StoreError>>,
    skip: u64,
    limit: Option<u64>,
) -> impl Stream<Item = Result<T, StoreError>> {
    let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    items.skip(number(skip)).take(limit.map_or(usize::MAX, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Items of a megabyte each, the largest number first.
    fn large(count: usize) -> impl Stream<Item = Result<usize, StoreError>> + Send {
        stream::iter((0..count).rev()).map(Ok)
    }

    #[tokio::test]
    async fn more_than_fits_is_put_in_order_if_only_a_part_is_wanted() {
        let count = MAX_SORT + 6;
        let first = |wanted| in_order(large(count), |_| 1024 * 1024, Ord::cmp, wanted);
        assert_eq!(first(3).try_collect::<Vec<_>>().await.unwrap(), [0, 1, 2]);
        let all = first(usize::MAX).try_collect::<Vec<_>>().await;
        assert!(matches!(all, Err(StoreError::Sort(MAX_SORT))));
        let part = limited(first(10), 2, Some(3)).try_collect::<Vec<_>>().await;
        assert_eq!(part.unwrap(), [2, 3, 4]);
    }
}
