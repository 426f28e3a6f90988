//! What to do about a failed upload.
//!
//! The policy is a value: which failure calls for what is decided here, from the failure and from
//! what is known of the batch, and nowhere else. The loop obeys.

use std::time::Duration;

use asymmetric_protocol::ack::RejectionCode;

use crate::client::{RequestError, outbox::ReadError};

/// From this many failures on, a batch is suspected to be the reason of them.
pub(super) const SUSPECT_AFTER: u32 = 3;

/// From this many failures on, of which all but the first few were of the object alone, and while
/// the server accepts others, an object is given up.
const GIVE_UP_AFTER: u32 = SUSPECT_AFTER + 5;

/// The same for objects that are sent one after the other, where no other can get past.
const GIVE_UP_UNSEEN_AFTER: u32 = 30;

/// What to do about a failed upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Recovery {
    /// Try again: after the time that the server names, or else after the back-off.
    Retry { after: Option<Duration> },
    /// Only a change on one of the sides can help: try again at the slowest pace.
    RetrySlowly,
    /// The server cannot digest the batch: send it in halves. At once, if it is only too large.
    Split { at_once: bool },
    /// The object that is alone in the batch is refused for good, for this reason.
    Reject { code: RejectionCode, reason: String },
    /// Somebody has to log in. The session is tried again at the slowest pace, in case the server
    /// changes its mind.
    LogIn,
    /// The outbox cannot be read until it is opened again.
    Stop,
}

/// What is known of a batch that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct History {
    /// Objects of the batch.
    pub(super) objects: u64,
    /// How often it has failed after it was sent; a half of a batch starts as a suspect.
    pub(super) failures: u32,
    /// The server has accepted another batch since the first of these failures.
    pub(super) others_pass: bool,
    /// Objects are sent one after the other: none gets past an earlier one.
    pub(super) is_ordered: bool,
}

impl Recovery {
    /// The rule for a request that had no success. A request that was refused with 401 has
    /// already been repeated with a fresh token.
    pub(super) fn of(error: &RequestError, batch: History) -> Self {
        match error {
            // The request may have been what broke the connection, but a bad line looks the same:
            // no object is given up for it.
            RequestError::Network(_) | RequestError::Certificate(_) | RequestError::Interrupted => {
                let is_suspect = batch.failures >= SUSPECT_AFTER && batch.others_pass;
                if is_suspect && batch.objects > 1 { Self::SPLIT } else { Self::RETRY }
            }
            RequestError::LoggedOut | RequestError::OtherUser { .. } => Self::LogIn,
            RequestError::Answer(_) | RequestError::Location(_) => Self::RetrySlowly,
            RequestError::Refused { status, code, message, retry_after } => match status {
                401 => Self::LogIn,
                // `UserDisabled` comes with different statuses.
                403 | 404 if code.starts_with("User") => Self::LogIn,
                413 if batch.objects > 1 => Self::Split { at_once: true },
                413 => Self::reject("too_large", message),
                // With a code it is the gateway that speaks, and not something on the way.
                400 | 422 if !code.is_empty() => {
                    Self::undigested(batch, 1, message).unwrap_or(Self::RetrySlowly)
                }
                500 if batch.failures >= SUSPECT_AFTER => {
                    Self::undigested(batch, GIVE_UP_AFTER, message)
                        .unwrap_or(Self::Retry { after: *retry_after })
                }
                408 | 425 | 429 | 500..=599 => Self::Retry { after: *retry_after },
                _ => Self::RetrySlowly,
            },
        }
    }

    /// The rule for an outbox that cannot be read.
    pub(super) const fn of_reading(error: &ReadError) -> Self {
        match error {
            // redb answers nothing else until the file is opened again.
            ReadError::Storage(redb::Error::PreviousIo | redb::Error::DatabaseClosed) => Self::Stop,
            ReadError::Storage(_) | ReadError::Damaged { .. } => Self::RetrySlowly,
        }
    }

    const RETRY: Self = Self::Retry { after: None };
    const SPLIT: Self = Self::Split { at_once: false };

    /// The server answers, but not to this batch. A lone object is given up only if others get
    /// through: a server that refuses everything is the one to blame.
    fn undigested(batch: History, give_up_after: u32, reason: &str) -> Option<Self> {
        if batch.objects > 1 {
            return Some(Self::SPLIT);
        }
        let is_guilty = batch.others_pass && batch.failures >= give_up_after
            || batch.is_ordered && batch.failures >= GIVE_UP_UNSEEN_AFTER;
        is_guilty.then(|| Self::reject("undigested", reason))
    }

    fn reject(code: &str, reason: &str) -> Self {
        Self::Reject { code: RejectionCode::from(code.to_owned()), reason: reason.to_owned() }
    }
}

/// Whether the batch may be the reason of the failure.
pub(super) fn blames_batch(error: &RequestError) -> bool {
    match error {
        RequestError::Network(error) => !error.is_connect(),
        RequestError::Refused { status, .. } => {
            matches!(status, 400 | 408 | 413 | 422 | 500 | 502 | 504)
        }
        RequestError::Interrupted
        | RequestError::Certificate(_)
        | RequestError::Answer(_)
        | RequestError::Location(_)
        | RequestError::LoggedOut
        | RequestError::OtherUser { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AFTER: Option<Duration> = Some(Duration::from_secs(7));
    const FIRST: History =
        History { objects: 100, failures: 1, others_pass: false, is_ordered: false };
    const LONE: History = History { objects: 1, ..FIRST };

    fn refused(status: u16, code: &str) -> RequestError {
        RequestError::Refused {
            status,
            code: code.into(),
            message: "no".into(),
            retry_after: AFTER,
        }
    }

    fn rejected(code: &str) -> Recovery {
        Recovery::reject(code, "no")
    }

    #[test]
    fn every_status_has_its_recovery() {
        use Recovery::{LogIn, Retry, RetrySlowly, Split};
        let halves = Recovery::SPLIT;
        let later = Retry { after: AFTER };
        let often = History { failures: 8, ..FIRST };
        let lone_often = History { failures: 8, ..LONE };
        let lone_guilty = History { others_pass: true, ..lone_often };
        let table = [
            // What time mends: the server says when, or the back-off does.
            (408, "", FIRST, later.clone()),
            (425, "", FIRST, later.clone()),
            (429, "", often, later.clone()),
            (500, "", FIRST, later.clone()),
            (502, "", lone_guilty, later.clone()),
            (503, "", lone_guilty, later.clone()),
            (504, "", lone_guilty, later.clone()),
            (599, "", often, later.clone()),
            // What only a change on one of the sides mends.
            (301, "", FIRST, RetrySlowly),
            (400, "", FIRST, RetrySlowly),
            (403, "", FIRST, RetrySlowly),
            (404, "AppNotFound", FIRST, RetrySlowly),
            (409, "", FIRST, RetrySlowly),
            (415, "BadRequest", FIRST, RetrySlowly),
            (422, "", FIRST, RetrySlowly),
            (451, "", lone_guilty, RetrySlowly),
            // Who has to log in.
            (401, "InvalidSession", FIRST, LogIn),
            (401, "", lone_guilty, LogIn),
            (403, "UserDisabled", FIRST, LogIn),
            (404, "UserNotFound", FIRST, LogIn),
            // What the server cannot digest is halved until the guilty object is alone.
            (413, "", FIRST, Split { at_once: true }),
            (413, "", LONE, rejected("too_large")),
            (400, "BatchMalformed", FIRST, halves.clone()),
            (422, "BatchMalformed", FIRST, halves.clone()),
            (400, "BatchMalformed", LONE, RetrySlowly),
            (400, "BatchMalformed", lone_guilty, rejected("undigested")),
            (500, "", often, halves),
            (500, "", lone_often, later.clone()),
            (500, "", lone_guilty, rejected("undigested")),
            (500, "", History { failures: 7, ..lone_guilty }, later),
        ];
        for (status, code, batch, recovery) in table {
            assert_eq!(Recovery::of(&refused(status, code), batch), recovery, "{status} {batch:?}");
        }
    }

    #[test]
    fn without_a_session_somebody_has_to_log_in() {
        assert_eq!(Recovery::of(&RequestError::LoggedOut, FIRST), Recovery::LogIn);
    }

    #[test]
    fn an_object_that_nothing_gets_past_is_given_up_all_the_same_but_late() {
        let lone = |failures| History { objects: 1, failures, is_ordered: true, ..FIRST };
        let recovery = |failures| Recovery::of(&refused(500, ""), lone(failures));
        assert_eq!(recovery(29), Recovery::Retry { after: AFTER });
        assert_eq!(recovery(30), rejected("undigested"));
        let recovery = |failures| Recovery::of(&refused(400, "BatchMalformed"), lone(failures));
        assert_eq!(recovery(29), Recovery::RetrySlowly);
        assert_eq!(recovery(30), rejected("undigested"));
    }

    #[test]
    fn a_bad_line_splits_batches_and_never_rejects_an_object() {
        let recovery = |batch| Recovery::of(&RequestError::Interrupted, batch);
        assert_eq!(recovery(FIRST), Recovery::RETRY);
        let often = History { failures: 99, others_pass: true, ..FIRST };
        assert_eq!(recovery(often), Recovery::SPLIT);
        assert_eq!(recovery(History { others_pass: false, ..often }), Recovery::RETRY);
        assert_eq!(recovery(History { objects: 1, ..often }), Recovery::RETRY);
    }

    #[test]
    fn every_refusal_keeps_or_reports_its_objects() {
        // Whatever a server answers, nothing is ever given up but a lone object with a reason.
        for status in 300..1000 {
            for (failures, others_pass) in [(1, false), (99, false), (99, true)] {
                for code in ["", "BatchMalformed"] {
                    let batch = History { objects: 2, failures, others_pass, ..FIRST };
                    let recovery = Recovery::of(&refused(status, code), batch);
                    assert!(!matches!(recovery, Recovery::Reject { .. } | Recovery::Stop));
                    let lone = History { objects: 1, ..batch };
                    let recovery = Recovery::of(&refused(status, code), lone);
                    assert!(!matches!(recovery, Recovery::Split { .. } | Recovery::Stop));
                }
            }
        }
    }
}
