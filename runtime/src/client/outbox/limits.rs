//! How much may wait in the outbox, and what happens when it is full.

use std::time::Duration;

use super::CommitError;
use crate::client::progress::Amount;

/// What happens to a write for which the outbox has no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhenFull {
    /// It fails with [`WriteError::Full`](crate::WriteError::Full), and nothing of it is written.
    ///
    /// The writer learns at once that the device has been offline for too long, and decides.
    #[default]
    Reject,
    /// It waits until the server has acknowledged enough, and fails like [`Reject`](Self::Reject)
    /// after this time.
    ///
    /// Slows a fast producer down to the pace of the network; it must be able to wait.
    Block {
        /// Longest wait of one write.
        timeout: Duration,
    },
    /// The oldest objects make room, whole chunks at a time, in the same commit.
    ///
    /// The newest are always kept; what is dropped is counted, told as an event and never reaches
    /// the server, unless it was on its way already.
    DropOldest,
}

/// How much may wait in the outbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of BSON that wait for the server.
    pub max_bytes: Option<u64>,
    /// Most objects that wait for the server.
    pub max_objects: Option<u64>,
    /// Objects that have waited longer are dropped.
    pub max_age: Option<Duration>,
    /// What happens to a write that would exceed a limit.
    pub when_full: WhenFull,
}

/// Whether there is room for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    Free,
    /// After the next commit, which brings the queue into the file, where it can be dropped from.
    AfterCommit,
    /// When enough has left, for which a writer waits this long.
    WhenDrained(Duration),
}

impl Limits {
    /// Whether `new` fits, while `pending` waits for the server, `queued` of it for a commit.
    pub(super) fn room(
        &self,
        pending: Amount,
        queued: Amount,
        new: Amount,
    ) -> Result<Room, CommitError> {
        if self.exceeded_by(pending.plus(new)).is_none() {
            return Ok(Room::Free);
        }
        let full =
            CommitError::Full { pending_objects: pending.objects, pending_bytes: pending.bytes };
        if self.exceeded_by(new).is_some() {
            // It would not fit into an empty outbox.
            return Err(full);
        }
        match self.when_full {
            WhenFull::Reject | WhenFull::Block { timeout: Duration::ZERO } => Err(full),
            WhenFull::Block { timeout } => Ok(Room::WhenDrained(timeout)),
            WhenFull::DropOldest if self.exceeded_by(queued.plus(new)).is_some() => {
                Ok(Room::AfterCommit)
            }
            WhenFull::DropOldest => Ok(Room::Free),
        }
    }

    /// How much is too much, if anything.
    fn exceeded_by(&self, amount: Amount) -> Option<Amount> {
        let over = |value: u64, max: Option<u64>| max.map_or(0, |max| value.saturating_sub(max));
        let excess = Amount {
            objects: over(amount.objects, self.max_objects),
            bytes: over(amount.bytes, self.max_bytes),
        };
        (excess != Amount::default()).then_some(excess)
    }

    /// How much has to be dropped while `pending` waits for the server.
    pub(super) fn excess(&self, pending: Amount) -> Option<Amount> {
        match self.when_full {
            WhenFull::DropOldest => self.exceeded_by(pending),
            WhenFull::Reject | WhenFull::Block { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn amount(objects: u64, bytes: u64) -> Amount {
        Amount { objects, bytes }
    }

    fn limits(when_full: WhenFull) -> Limits {
        Limits { max_bytes: Some(100), max_objects: Some(10), max_age: None, when_full }
    }

    #[test]
    fn what_fits_is_let_in_whatever_the_policy() {
        let timeout = Duration::from_secs(1);
        for when_full in [WhenFull::Reject, WhenFull::Block { timeout }, WhenFull::DropOldest] {
            let limits = limits(when_full);
            let room = |pending, new| limits.room(pending, Amount::default(), new);
            assert_eq!(room(amount(9, 90), amount(1, 10)).unwrap(), Room::Free);
            // More than an empty outbox holds never fits.
            for new in [amount(11, 1), amount(1, 101)] {
                assert!(matches!(room(amount(0, 0), new), Err(CommitError::Full { .. })));
            }
        }
    }

    #[test]
    fn each_limit_alone_makes_an_outbox_full() {
        for new in [amount(2, 1), amount(1, 11)] {
            let full = limits(WhenFull::Reject).room(amount(9, 90), Amount::default(), new);
            assert!(matches!(
                full,
                Err(CommitError::Full { pending_objects: 9, pending_bytes: 90 })
            ));
        }
    }

    #[test]
    fn only_what_is_in_the_file_can_be_dropped() {
        let limits = limits(WhenFull::DropOldest);
        let room = |queued| limits.room(amount(9, 90), queued, amount(2, 2)).unwrap();
        assert_eq!(room(amount(8, 8)), Room::Free);
        assert_eq!(room(amount(9, 9)), Room::AfterCommit);
        assert_eq!(limits.excess(amount(12, 90)), Some(amount(2, 0)));
        assert_eq!(limits.excess(amount(10, 100)), None);
    }
}
