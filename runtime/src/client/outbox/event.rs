//! What is told as it happens.

use std::ops::Range;

use asymmetric_protocol::SequenceNumber;
use tokio::sync::broadcast;

use super::{DropReason, Outbox};

/// Events that wait for a reader who is behind.
pub(super) const CAPACITY: usize = 256;

/// Something that happened to objects in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum OutboxEvent {
    /// A chunk of objects left the device without reaching the server, because of a limit.
    Dropped {
        /// The sequence numbers of the objects.
        objects: Range<SequenceNumber>,
        /// Bytes of their BSON.
        bytes: u64,
        /// Which limit.
        reason: DropReason,
    },
    /// Objects cannot be read any more. What is left of them is kept; see
    /// [`Realm::damaged_chunks`](crate::Realm::damaged_chunks).
    Damaged {
        /// Sequence number of the first of them.
        first: SequenceNumber,
        /// Sequence number after the last of them.
        end: SequenceNumber,
        /// What is wrong, for people.
        what: String,
    },
}

impl Outbox {
    /// The events from now on.
    pub(crate) fn events(&self) -> broadcast::Receiver<OutboxEvent> {
        self.events.subscribe()
    }

    pub(super) fn tell(&self, event: OutboxEvent) {
        // Nobody listens: that is no error.
        drop(self.events.send(event));
    }
}
