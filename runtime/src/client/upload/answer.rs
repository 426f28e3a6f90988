//! What an acknowledgement means for the chunks of its batch.

use std::time::SystemTime;

use asymmetric_protocol::{
    SequenceNumber,
    ack::{Acknowledgement, Rejection},
    batch::ClassEntry,
    chunk::Chunk,
};

use super::piece::Piece;
use crate::client::outbox::{RejectedObject, StoredChunk};

/// The chunks of an answered batch.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    /// Pieces whose objects are all acknowledged or rejected.
    pub(super) settled: Vec<Piece>,
    /// The rejected objects among them.
    pub(super) rejected: Vec<RejectedObject>,
    /// Pieces that the answer leaves open, wholly or in part.
    pub(super) open: Vec<Piece>,
}

/// Sorts the pieces of a batch by what the server says of their objects.
///
/// Nothing is taken on trust: a piece is settled only if each of its objects is named, and what
/// the answer says of objects that are not in the batch is ignored.
pub(super) fn judge(
    pieces: Vec<Piece>,
    answer: &Acknowledgement,
    classes: &[ClassEntry],
    now: SystemTime,
) -> Verdict {
    let mut verdict = Verdict::default();
    let mut refused: Vec<&Rejection> = answer.rejected.iter().collect();
    refused.sort_by_key(|rejection| rejection.sequence);
    for piece in pieces {
        let chunk = &piece.chunk;
        let from = refused.partition_point(|rejection| rejection.sequence < chunk.first);
        let to = refused.partition_point(|rejection| rejection.sequence < chunk.end);
        let rejections = refused.get(from..to).unwrap_or_default();
        let rejected = rejections.iter().map(|rejection| (rejection.sequence, rejection.sequence));
        let ranges = answer.acknowledged.iter().copied().chain(rejected);
        let is_covered = covers(ranges, chunk.first, chunk.end);
        // A chunk whose rejected objects cannot be told must not leave: nobody would know of them.
        match rejected_objects(chunk, rejections, classes, now).filter(|_| is_covered) {
            Some(rejected) => {
                verdict.rejected.extend(rejected);
                verdict.settled.push(piece);
            }
            None => verdict.open.push(piece),
        }
    }
    verdict
}

/// Whether the ranges, last number included, leave no gap between `first` and `end`.
fn covers(
    ranges: impl Iterator<Item = (SequenceNumber, SequenceNumber)>,
    first: SequenceNumber,
    end: SequenceNumber,
) -> bool {
    let mut ranges: Vec<_> = ranges.filter(|(from, to)| *from < end && *to >= first).collect();
    ranges.sort_unstable();
    let mut reached = first;
    for (from, to) in ranges {
        if from > reached {
            return false;
        }
        reached = reached.max(to.after(1));
    }
    reached >= end
}

/// The objects of the chunk that were rejected; `None` if one of them cannot be told. `rejections`
/// are sorted.
fn rejected_objects(
    chunk: &StoredChunk,
    rejections: &[&Rejection],
    classes: &[ClassEntry],
    rejected_at: SystemTime,
) -> Option<Vec<RejectedObject>> {
    if rejections.is_empty() {
        return Some(Vec::new());
    }
    let parsed = Chunk::parse(&chunk.bytes).ok()?;
    let mut scratch = Vec::new();
    let documents = parsed.documents(&mut scratch).ok()?;
    let numbered = documents.zip(chunk.first.get()..);
    let rejected = numbered.filter_map(|((class, document), sequence)| {
        let sequence = SequenceNumber::new(sequence);
        let found = rejections.binary_search_by_key(&sequence, |rejection| rejection.sequence);
        let rejection = rejections.get(found.ok()?)?;
        let entry = classes.iter().find(|entry| entry.id == class);
        Some(entry.map(|entry| RejectedObject {
            sequence,
            class: entry.title.clone(),
            code: rejection.code.clone(),
            reason: rejection.reason.clone(),
            rejected_at,
            bson: document.to_vec(),
            class_id: Some(class),
        }))
    });
    rejected.collect()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use asymmetric_protocol::{
        ack::RejectionCode,
        chunk::{ClassId, Codec, Cutter, Objects},
    };
    use asymmetric_schema::Fingerprint;
    use proptest::prelude::*;

    use super::*;

    fn at(number: u64) -> SequenceNumber {
        SequenceNumber::new(number)
    }

    #[test]
    fn a_chunk_whose_rejected_objects_cannot_be_told_stays() {
        let mut objects = Objects::new();
        let pushed = objects.push_with(ClassId::new(7), |out| {
            out.extend_from_slice(b"\x05\0\0\0\0");
            Ok::<_, Infallible>(())
        });
        assert!(pushed.is_ok());
        let mut bytes = Vec::new();
        let Ok(()) = Cutter::new(Codec::None).cut(&mut objects, 0, at(5), 0, |_, chunk| {
            bytes.extend_from_slice(chunk);
            Ok::<_, Infallible>(())
        });
        let chunk = StoredChunk {
            first: at(5),
            end: at(6),
            document_bytes: 5,
            classes: vec![ClassId::new(7)],
            bytes,
        };
        let rejected = vec![Rejection {
            sequence: at(5),
            code: RejectionCode::StoreRefused,
            reason: "no".into(),
        }];
        let answer = Acknowledgement { rejected, ..Acknowledgement::default() };
        let judged = |classes: &[ClassEntry]| {
            let pieces = vec![Piece::whole(chunk.clone())];
            let verdict = judge(pieces, &answer, classes, SystemTime::UNIX_EPOCH);
            (verdict.settled.len(), verdict.rejected.len(), verdict.open.len())
        };
        let class = ClassEntry {
            id: ClassId::new(7),
            fingerprint: Fingerprint::from_bytes([0; 32]),
            time_series: false,
            title: "Reading".into(),
            data_source: String::new(),
            database: String::new(),
            collection: String::new(),
        };
        assert_eq!(judged(&[class]), (1, 1, 0));
        assert_eq!(judged(&[]), (0, 0, 1));
    }

    #[test]
    fn ranges_cover_only_without_a_gap() {
        let covers = |ranges: &[(u64, u64)]| {
            covers(ranges.iter().map(|(from, to)| (at(*from), at(*to))), at(5), at(10))
        };
        assert!(covers(&[(5, 9)]));
        assert!(covers(&[(1, 100)]));
        assert!(covers(&[(8, 9), (5, 6), (7, 7)]));
        assert!(covers(&[(5, 8), (6, 9)]));
        assert!(!covers(&[]));
        assert!(!covers(&[(5, 8)]));
        assert!(!covers(&[(6, 9)]));
        assert!(!covers(&[(5, 6), (8, 9)]));
        assert!(!covers(&[(9, 5)]));
    }

    proptest! {
        #[test]
        fn covering_means_that_every_number_is_in_a_range(
            ranges in prop::collection::vec((0_u64..20, 0_u64..20), 0..8),
        ) {
            let every = (5..10).all(|n| ranges.iter().any(|(from, to)| (*from..=*to).contains(&n)));
            let ranges = ranges.iter().map(|(from, to)| (at(*from), at(*to)));
            prop_assert_eq!(covers(ranges, at(5), at(10)), every);
        }
    }
}
