//! Chunks with rejected objects, until they are first in the file.
//!
//! Chunks leave the file in order, and rejected objects move to their table in the commit in which
//! their chunk leaves. If they moved earlier, a crash would leave them in both places: sent again,
//! they might be accepted, and would be rejected and acknowledged.

use std::collections::BTreeMap;

use asymmetric_protocol::SequenceNumber;

use crate::client::outbox::{RejectedObject, StoredChunk};

/// Settled chunks with rejected objects, by their first objects.
#[derive(Debug, Default)]
pub(super) struct Held(BTreeMap<SequenceNumber, (StoredChunk, Vec<RejectedObject>)>);

impl Held {
    /// Keeps the chunks with rejected objects, and answers the others.
    pub(super) fn sort(
        &mut self,
        chunks: Vec<StoredChunk>,
        mut rejected: Vec<RejectedObject>,
    ) -> Vec<StoredChunk> {
        let mut others = Vec::with_capacity(chunks.len());
        for chunk in chunks {
            let range = chunk.first..chunk.end;
            let (own, rest): (Vec<_>, Vec<_>) =
                rejected.into_iter().partition(|object| range.contains(&object.sequence));
            rejected = rest;
            if own.is_empty() {
                others.push(chunk);
            } else {
                // Nobody needs its documents any more.
                let chunk = StoredChunk { bytes: Vec::new(), ..chunk };
                self.0.insert(chunk.first, (chunk, own));
            }
        }
        others
    }

    /// The next chunk that is first in the file, or has left it by another way.
    pub(super) fn next(
        &mut self,
        settled_below: SequenceNumber,
    ) -> Option<(StoredChunk, Vec<RejectedObject>)> {
        let first = self.0.first_entry()?;
        (*first.key() <= settled_below).then(|| first.remove())
    }
}
