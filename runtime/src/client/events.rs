//! What happens to a realm's objects, told as it happens.

use std::{
    ops::Range,
    pin::Pin,
    sync::{Arc, Weak},
    task::{Context, Poll},
    time::Duration,
};

use asymmetric_protocol::SequenceNumber;
use futures_util::{
    Stream, StreamExt as _,
    stream::{self, BoxStream},
};
use tokio::sync::broadcast::{self, error::RecvError};

use super::{
    DropReason, RejectedObject, RequestError, UploadState,
    outbox::{Outbox, OutboxEvent},
};

/// Events that wait for a reader who is behind.
const CAPACITY: usize = 1024;

/// Something that happened in the upload of a realm.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SyncEvent {
    /// The upload does something else now.
    StateChanged(UploadState),
    /// The server has made objects durable.
    Acknowledged {
        /// How many.
        objects: u64,
        /// Bytes of their BSON.
        bytes: u64,
        /// Time from sending their batch to the answer.
        round_trip: Duration,
    },
    /// The server has refused an object for good. It is among
    /// [`Realm::rejected_objects`](super::Realm::rejected_objects) by now.
    Rejected(RejectedObject),
    /// Objects have left the device without reaching the server, because of a limit of the realm.
    Dropped {
        /// Their sequence numbers.
        objects: Range<SequenceNumber>,
        /// Bytes of their BSON.
        bytes: u64,
        /// Which limit.
        reason: DropReason,
    },
    /// Objects cannot be read any more. What is left of them is kept; see
    /// [`Realm::damaged_chunks`](super::Realm::damaged_chunks).
    Damaged {
        /// Their sequence numbers.
        objects: Range<SequenceNumber>,
        /// What is wrong, for people.
        what: String,
    },
    /// A request failed; it is repeated.
    Failed {
        /// Why.
        error: Arc<RequestError>,
    },
    /// The reader was too slow: this many events were thrown away. What they told is in
    /// [`Progress`](super::Progress) all the same.
    Missed {
        /// How many.
        events: u64,
    },
}

/// The events of a realm from the moment it was asked for; see
/// [`SyncSession::events`](super::SyncSession::events).
///
/// Up to 1,024 events wait for a reader; whoever is slower is told how many were missed. Ends when
/// the realm is closed.
pub struct SyncEvents(BoxStream<'static, SyncEvent>);

impl SyncEvents {
    /// The next event; `None` after the realm was closed.
    ///
    /// # Cancel safety
    ///
    /// No event is lost when the future is dropped.
    pub async fn next(&mut self) -> Option<SyncEvent> {
        self.0.next().await
    }
}

impl Stream for SyncEvents {
    type Item = SyncEvent;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<SyncEvent>> {
        self.0.poll_next_unpin(context)
    }
}

impl std::fmt::Debug for SyncEvents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SyncEvents").finish_non_exhaustive()
    }
}

impl From<OutboxEvent> for SyncEvent {
    fn from(event: OutboxEvent) -> Self {
        match event {
            OutboxEvent::Dropped { objects, bytes, reason } => {
                Self::Dropped { objects, bytes, reason }
            }
            OutboxEvent::Damaged { first, end, what } => {
                Self::Damaged { objects: first..end, what }
            }
        }
    }
}

/// Where events come from. Ends all readers when the last clone is dropped.
#[derive(Clone, Debug)]
pub(super) struct EventSender(broadcast::Sender<SyncEvent>);

impl EventSender {
    pub(super) fn new() -> Self {
        Self(broadcast::Sender::new(CAPACITY))
    }

    /// Tells whoever listens.
    pub(super) fn send(&self, event: SyncEvent) {
        // Nobody listens: that is not an error.
        self.0.send(event).unwrap_or_default();
    }

    /// Where readers of these events and those of the outbox can be made, without keeping either
    /// alive.
    pub(super) fn source(&self, outbox: &Arc<Outbox>) -> EventSource {
        EventSource { upload: self.0.downgrade(), outbox: Arc::downgrade(outbox) }
    }
}

/// Makes readers.
#[derive(Clone, Debug)]
pub(super) struct EventSource {
    upload: broadcast::WeakSender<SyncEvent>,
    outbox: Weak<Outbox>,
}

impl EventSource {
    pub(super) fn subscribe(&self) -> SyncEvents {
        let (Some(upload), Some(outbox)) = (self.upload.upgrade(), self.outbox.upgrade()) else {
            return SyncEvents(stream::empty().boxed());
        };
        SyncEvents(stream::select(read(upload.subscribe()), read(outbox.events())).boxed())
    }
}

/// What a channel brings, and how much of it was missed.
fn read<E: Clone + Into<SyncEvent> + Send + 'static>(
    receiver: broadcast::Receiver<E>,
) -> impl Stream<Item = SyncEvent> + Send {
    stream::unfold(receiver, |mut receiver| async {
        let event = match receiver.recv().await {
            Ok(event) => event.into(),
            Err(RecvError::Lagged(events)) => SyncEvent::Missed { events },
            Err(RecvError::Closed) => return None,
        };
        Some((event, receiver))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_slow_reader_is_told_how_much_it_missed() {
        let sender = EventSender::new();
        let mut events = SyncEvents(read(sender.0.subscribe()).boxed());
        for _ in 0..CAPACITY + 7 {
            sender.send(SyncEvent::StateChanged(UploadState::Idle));
        }
        drop(sender);
        assert!(matches!(events.next().await, Some(SyncEvent::Missed { events: 7 })));
        let mut left = 0;
        while events.next().await.is_some() {
            left += 1;
        }
        assert_eq!(left, CAPACITY);
    }
}
