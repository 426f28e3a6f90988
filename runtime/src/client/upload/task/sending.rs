//! Something may be sent.

use std::{sync::Arc, time::Duration};

use tokio::{select, time::Instant};
use tracing::Instrument as _;

use super::{
    super::{backoff::random, recovery::Recovery, transport::Transport, window::Outgoing},
    uploader::{Outcome, Uploader},
};
use crate::client::{RequestError, error::chain, observe};

/// While objects wait for the owner's condition, it is asked again after this time.
const ASK_AGAIN_AFTER: Duration = Duration::from_secs(5);

impl<T: Transport> Uploader<T> {
    /// Sends what there is room for. Answers what to do about a file that cannot be read.
    pub(super) fn fill_window(&mut self) -> Recovery {
        const GO_ON: Recovery = Recovery::Retry { after: None };
        while self.in_flight.len() < self.pace.in_flight() {
            let now = Instant::now();
            let durable_below = self.progress.borrow().durable_below;
            let has_more = self.window.has_more(durable_below, now);
            if !has_more || self.cap.waits_until(now).is_some() {
                return GO_ON;
            }
            if !self.options.allows_now() {
                self.held_until = Some(now + ASK_AGAIN_AFTER);
                return GO_ON;
            }
            match self.window.take(&self.outbox, self.pace.limits(), now) {
                Ok(Some(batch)) => self.send(batch, now),
                Ok(None) => return GO_ON,
                Err(error) => {
                    tracing::error!(error = %chain(&error), "cannot read what is to be uploaded");
                    self.wait(self.backoff.longest(random()), false);
                    return Recovery::of_reading(&error);
                }
            }
        }
        GO_ON
    }

    fn send(&mut self, batch: Outgoing, now: Instant) {
        let (objects, bytes) = (batch.objects(), batch.bytes());
        let span = tracing::debug_span!("upload_batch", objects, bytes);
        let body = span.in_scope(|| {
            let body = batch.encode(self.outbox.identity(), &self.announcing);
            self.transport.pack(body, batch.is_compressed())
        });
        self.cap.spend(body.bytes.len() as u64, now);
        observe::sent(&body);
        self.outbox.progress().send_modify(|progress| progress.in_flight.add(objects, bytes));
        let transport = Arc::clone(&self.transport);
        let mut interrupted = self.interrupt.subscribe();
        let travel = async move {
            let result = select! {
                result = transport.upload(body) => result,
                Ok(()) = interrupted.changed() => Err(RequestError::Interrupted),
            };
            Outcome { batch, sent_at: now, result }
        };
        self.in_flight.push(Box::pin(travel.instrument(span)));
    }
}
