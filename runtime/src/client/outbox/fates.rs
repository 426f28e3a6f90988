//! What became of objects that did not reach the server, since the file was opened.
//!
//! Tickets ask long after the fact, and there may be as many tickets as transactions: what is kept
//! here are ranges, which stay few because chunks leave in order.

use std::{collections::BTreeMap, ops::Range};

use asymmetric_protocol::SequenceNumber;

/// Ranges of sequence numbers.
#[derive(Debug, Default)]
struct Ranges(BTreeMap<SequenceNumber, SequenceNumber>);

impl Ranges {
    fn add(&mut self, range: Range<SequenceNumber>) {
        let Range { mut start, mut end } = range;
        // Whatever it touches becomes a part of it.
        while let Some((first, last)) = self.0.range(..=end).next_back() {
            let (first, last) = (*first, *last);
            if last < start {
                break;
            }
            self.0.remove(&first);
            (start, end) = (start.min(first), end.max(last));
        }
        self.0.insert(start, end);
    }

    /// How many numbers of `range` are in here.
    fn count(&self, range: &Range<SequenceNumber>) -> u64 {
        let overlap = |(first, last): (&SequenceNumber, &SequenceNumber)| {
            let (from, to) = (range.start.max(*first), range.end.min(*last));
            to.get().saturating_sub(from.get())
        };
        self.0
            .range(..range.end)
            .rev()
            .take_while(|(_, last)| **last > range.start)
            .map(overlap)
            .sum()
    }
}

/// What became of objects that did not reach the server.
#[derive(Debug, Default)]
pub(super) struct Fates {
    rejected: Ranges,
    /// Dropped by a limit, or damaged by the disk.
    lost: Ranges,
}

impl Fates {
    pub(super) fn reject(&mut self, object: SequenceNumber) {
        self.rejected.add(object..object.after(1));
    }

    pub(super) fn lose(&mut self, objects: Range<SequenceNumber>) {
        self.lost.add(objects);
    }

    /// Whether any of the objects was rejected, and how many were lost.
    pub(super) fn of(&self, objects: &Range<SequenceNumber>) -> (bool, u64) {
        (self.rejected.count(objects) > 0, self.lost.count(objects))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn range(range: Range<u64>) -> Range<SequenceNumber> {
        SequenceNumber::new(range.start)..SequenceNumber::new(range.end)
    }

    #[test]
    fn neighbours_become_one() {
        let mut ranges = Ranges::default();
        for part in [1..3, 5..7, 3..5, 9..10] {
            ranges.add(range(part));
        }
        assert_eq!(ranges.0.len(), 2);
    }

    proptest! {
        #[test]
        fn ranges_count_like_a_set(
            parts in prop::collection::vec((0_u64..40, 1_u64..10), 0..20),
            from in 0_u64..50,
            length in 0_u64..20,
        ) {
            let mut ranges = Ranges::default();
            let mut set = BTreeSet::new();
            for (start, length) in parts {
                ranges.add(range(start..start + length));
                set.extend(start..start + length);
            }
            let counted = ranges.count(&range(from..from + length));
            prop_assert_eq!(counted, set.range(from..from + length).count() as u64);
        }
    }
}
