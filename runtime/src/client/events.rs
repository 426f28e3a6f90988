//! What happens to a realm's objects, told as it happens.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures_util::{Stream, StreamExt as _, stream::BoxStream};
use tokio::sync::broadcast::{self, error::RecvError};

use super::{RejectedObject, RequestError, UploadState};

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

    /// Where readers can be made without keeping the source alive.
    pub(super) fn source(&self) -> EventSource {
        EventSource(self.0.downgrade())
    }
}

/// Makes readers.
#[derive(Clone, Debug)]
pub(super) struct EventSource(broadcast::WeakSender<SyncEvent>);

impl EventSource {
    pub(super) fn subscribe(&self) -> SyncEvents {
        let Some(sender) = self.0.upgrade() else {
            return SyncEvents(futures_util::stream::empty().boxed());
        };
        let events = futures_util::stream::unfold(sender.subscribe(), |mut receiver| async {
            let event = match receiver.recv().await {
                Ok(event) => event,
                Err(RecvError::Lagged(events)) => SyncEvent::Missed { events },
                Err(RecvError::Closed) => return None,
            };
            Some((event, receiver))
        });
        SyncEvents(events.boxed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_slow_reader_is_told_how_much_it_missed() {
        let sender = EventSender::new();
        let mut events = sender.source().subscribe();
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
