//! What the store holds of one client file.

use asymmetric_protocol::{ClientFileId, SequenceNumber};
use bson::oid::ObjectId;
use serde::{Deserialize, Serialize};

use crate::store::Record;

/// Most ranges that are open side by side; more become one that covers them.
const MAX_OPEN: usize = 16;

/// The record of a client file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ClientFile {
    #[serde(rename = "_id")]
    id: ObjectId,
    /// Grows with every change, so that no state comes back: of two who change one, one loses.
    revision: i64,
    /// The highest sequence number that was ever announced.
    integrated: i64,
    open: Vec<Open>,
    /// Rejected objects of the batch that was settled last: a client that lost the answer asks
    /// again, and must not be told that they were integrated.
    rejected: Vec<i64>,
}

/// A range that was announced and is not known to be integrated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Open {
    first: i64,
    last: i64,
    /// Whose doing it is.
    claim: ObjectId,
}

impl Record for ClientFile {
    const COLLECTION: &'static str = "client_files";
}

/// What is known of one object before it is inserted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// Nobody ever announced it.
    New,
    /// Somebody meant to insert it.
    Doubtful,
    /// It is in its collection.
    Integrated,
    /// It was rejected.
    Rejected,
}

impl ClientFile {
    pub(super) fn new(client: ClientFileId) -> Self {
        let id = ObjectId::from_bytes(*client.as_bytes());
        Self { id, revision: 0, integrated: 0, open: Vec::new(), rejected: Vec::new() }
    }

    /// What is known of an object.
    pub(super) fn known(&self, sequence: SequenceNumber) -> Known {
        let sequence = number(sequence);
        if sequence > self.integrated {
            Known::New
        } else if self.open.iter().any(|open| open.holds(sequence)) {
            Known::Doubtful
        } else if self.rejected.contains(&sequence) {
            Known::Rejected
        } else {
            Known::Integrated
        }
    }

    /// The claims of others that hold one of these objects.
    pub(super) fn claims_of(
        &self,
        sequences: impl IntoIterator<Item = SequenceNumber>,
    ) -> Vec<ObjectId> {
        let mut claims: Vec<_> = sequences
            .into_iter()
            .filter_map(|sequence| {
                let open = self.open.iter().find(|open| open.holds(number(sequence)))?;
                Some(open.claim)
            })
            .collect();
        claims.sort_unstable();
        claims.dedup();
        claims
    }

    /// Opens a range, in the place of whatever was open there.
    pub(super) fn claim(&mut self, claim: ObjectId, first: SequenceNumber, last: SequenceNumber) {
        let (first, last) = (number(first), number(last));
        self.revision += 1;
        self.cut(first, last);
        self.open.push(Open { first, last, claim });
        self.integrated = self.integrated.max(last);
        if self.open.len() > MAX_OPEN {
            // Doubt about too much costs a question, never an object.
            let first = self.open.iter().map(|open| open.first).min().unwrap_or(first);
            let last = self.open.iter().map(|open| open.last).max().unwrap_or(last);
            self.open = vec![Open { first, last, claim }];
        }
    }

    /// Whether a claim is still the last one for its range.
    pub(super) fn holds(&self, claim: ObjectId) -> bool {
        self.open.iter().any(|open| open.claim == claim)
    }

    /// Everything from `first` to `last` is integrated or rejected.
    pub(super) fn settle(
        &mut self,
        first: SequenceNumber,
        last: SequenceNumber,
        rejected: impl IntoIterator<Item = SequenceNumber>,
    ) {
        self.revision += 1;
        self.cut(number(first), number(last));
        self.rejected = rejected.into_iter().map(number).collect();
    }

    /// Takes a range out of all open ones.
    fn cut(&mut self, first: i64, last: i64) {
        let around = |open: &Open| {
            let before = Open { last: open.last.min(first - 1), ..*open };
            let behind = Open { first: open.first.max(last + 1), ..*open };
            [before, behind].into_iter().filter(|open| open.first <= open.last)
        };
        self.open = self.open.iter().flat_map(around).collect();
    }
}

impl Open {
    fn holds(&self, sequence: i64) -> bool {
        (self.first..=self.last).contains(&sequence)
    }
}

/// BSON has no unsigned numbers; an outbox never counts that far.
fn number(sequence: SequenceNumber) -> i64 {
    i64::try_from(sequence.get()).unwrap_or(i64::MAX - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sequence(number: u64) -> SequenceNumber {
        SequenceNumber::new(number)
    }

    fn known(file: &ClientFile, numbers: impl IntoIterator<Item = u64>) -> Vec<Known> {
        numbers.into_iter().map(|number| file.known(sequence(number))).collect()
    }

    fn claim(file: &mut ClientFile, first: u64, last: u64) -> ObjectId {
        let claim = ObjectId::new();
        file.claim(claim, sequence(first), sequence(last));
        claim
    }

    fn file() -> ClientFile {
        ClientFile::new(ClientFileId::from_bytes([1; 12]))
    }

    #[test]
    fn objects_are_new_then_in_doubt_then_integrated() {
        use Known::{Doubtful, Integrated, New, Rejected};
        let mut file = file();
        assert_eq!(known(&file, [1, 5]), [New, New]);
        claim(&mut file, 1, 4);
        assert_eq!(known(&file, [1, 4, 5]), [Doubtful, Doubtful, New]);
        file.settle(sequence(1), sequence(4), [sequence(3)]);
        assert_eq!(known(&file, [2, 3, 5]), [Integrated, Rejected, New]);
    }

    #[test]
    fn a_range_stays_in_doubt_whatever_happens_to_later_ones() {
        use Known::{Doubtful, Integrated};
        let mut file = file();
        let lost = claim(&mut file, 1, 10);
        claim(&mut file, 11, 20);
        file.settle(sequence(11), sequence(20), []);
        assert_eq!(known(&file, [5, 15]), [Doubtful, Integrated]);
        assert_eq!(file.claims_of([sequence(5), sequence(15)]), [lost]);

        // A part of it is sent again, and known afterwards.
        let again = claim(&mut file, 4, 6);
        assert_eq!(file.claims_of((1..=10).map(sequence)), [lost, again]);
        file.settle(sequence(4), sequence(6), []);
        assert_eq!(known(&file, [3, 4, 6, 7]), [Doubtful, Integrated, Integrated, Doubtful]);
    }

    #[test]
    fn a_claim_in_the_place_of_another_fences_it() {
        let mut file = file();
        let first = claim(&mut file, 1, 10);
        assert!(file.holds(first));
        let second = claim(&mut file, 1, 10);
        assert!(!file.holds(first) && file.holds(second));
    }

    #[test]
    fn open_ranges_are_bounded_and_never_forgotten() {
        let mut file = file();
        for number in 0..100 {
            claim(&mut file, number * 10 + 1, number * 10 + 5);
        }
        assert!(file.open.len() <= MAX_OPEN);
        for number in 0..100 {
            assert_eq!(file.known(sequence(number * 10 + 3)), Known::Doubtful);
        }
    }
}
