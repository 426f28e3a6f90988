//! Which chunks are done with, in whatever order that happened.

use std::collections::BTreeMap;

use asymmetric_protocol::SequenceNumber;

/// The prefix of the outbox that may be removed, and the settled chunks beyond it.
///
/// A chunk is settled when each of its objects is acknowledged, rejected or dropped, or when it
/// cannot be read. Only the chunks of the batches in flight can be settled out of order, so the map
/// stays small.
#[derive(Debug)]
pub(super) struct Settled {
    below: SequenceNumber,
    beyond: BTreeMap<SequenceNumber, SequenceNumber>,
}

impl Settled {
    /// Nothing settled; the first chunk starts at `first`.
    pub(super) const fn new(first: SequenceNumber) -> Self {
        Self { below: first, beyond: BTreeMap::new() }
    }

    /// Every object with a smaller number is settled.
    pub(super) const fn below(&self) -> SequenceNumber {
        self.below
    }

    /// Settles the chunk that starts at `first` and ends before `end`; `false` if it was already.
    pub(super) fn settle(&mut self, first: SequenceNumber, end: SequenceNumber) -> bool {
        if self.contains(first) {
            return false;
        }
        self.beyond.insert(first, end);
        while let Some(end) = self.beyond.remove(&self.below) {
            self.below = end;
        }
        true
    }

    /// Whether the chunk that starts at `first` is settled.
    pub(super) fn contains(&self, first: SequenceNumber) -> bool {
        first < self.below || self.beyond.contains_key(&first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_grows_when_its_gap_closes() {
        let at = SequenceNumber::new;
        let mut settled = Settled::new(at(1));
        assert!(settled.settle(at(5), at(9)));
        assert!(settled.settle(at(9), at(10)));
        assert_eq!(settled.below(), at(1));
        assert!(settled.contains(at(5)) && !settled.contains(at(1)));

        assert!(settled.settle(at(1), at(5)));
        assert_eq!(settled.below(), at(10));

        // A late second answer changes nothing.
        assert!(!settled.settle(at(5), at(9)));
        assert_eq!(settled.below(), at(10));
        assert!(settled.beyond.is_empty());
    }
}
