//! A batch comes back without an answer: what the policy says is done.

use std::{sync::Arc, time::Duration};

use asymmetric_protocol::ack::{Acknowledgement, Rejection};
use tokio::time::Instant;

use super::{
    super::{
        backoff::random,
        recovery::{Recovery, SUSPECT_AFTER, blames_batch},
        transport::Transport,
        window::Outgoing,
    },
    uploader::Uploader,
};
use crate::client::{RequestError, error::chain, events::SyncEvent, observe};

impl<T: Transport> Uploader<T> {
    pub(super) fn fail(&mut self, batch: Outgoing, error: RequestError) {
        self.is_connected = false;
        let history = self.window.history(&batch);
        let is_its_fault = blames_batch(&error);
        let recovery = Recovery::of(&error, history);
        tracing::debug!(error = %chain(&error), ?recovery, "an upload failed");
        observe::failed(&error);
        if is_its_fault {
            self.pace.failed();
            self.announcing.forget();
        }
        match recovery {
            Recovery::Reject { code, reason } => {
                let pieces = batch.pieces.iter();
                let sequences = pieces.flat_map(|piece| piece.chunk.sequences());
                let rejection =
                    |sequence| Rejection { sequence, code: code.clone(), reason: reason.clone() };
                let rejected = sequences.map(rejection).collect();
                let answer = Acknowledgement { rejected, ..Acknowledgement::default() };
                self.record(batch, &answer, Duration::ZERO);
            }
            Recovery::Split { at_once } => {
                if at_once {
                    self.pace.shrink_below(batch.bytes());
                }
                self.window.give_back_halves(&batch);
                if !at_once && !history.others_pass {
                    self.back_off();
                }
            }
            Recovery::Retry { after: None }
                if is_its_fault && history.others_pass && !history.is_ordered =>
            {
                // The others go on.
                let alone = history.failures.saturating_sub(SUSPECT_AFTER);
                let wait = self.backoff.after(alone, random());
                self.window.give_back(&batch, true, Some(Instant::now() + wait));
            }
            Recovery::Retry { after } => {
                self.window.give_back(&batch, is_its_fault, None);
                match after {
                    Some(after) => self.wait(after, true),
                    None => self.back_off(),
                }
            }
            Recovery::RetrySlowly => {
                tracing::error!(error = %chain(&error), "the server does not accept the upload");
                self.window.give_back(&batch, is_its_fault, None);
                self.wait(self.backoff.longest(random()), false);
            }
            Recovery::LogIn | Recovery::Stop => {
                if !self.needs_login {
                    tracing::warn!(error = %chain(&error), "the user has to log in again");
                }
                self.needs_login = true;
                self.window.give_back(&batch, false, None);
                self.wait(self.backoff.longest(random()), false);
            }
        }
        self.wires.events.send(SyncEvent::Failed { error: Arc::new(error) });
    }
}
