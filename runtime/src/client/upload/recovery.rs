//! What to do about a failed upload.

use std::time::Duration;

use crate::client::RequestError;

/// What to do about a failed upload. The objects stay stored in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recovery {
    /// Try again: after the time the server names, or else after the back-off.
    Retry { after: Option<Duration> },
    /// Only a change on one of the sides can help: try again at the slowest pace.
    RetrySlowly,
    /// Send less at a time.
    SendLess,
    /// Wait until somebody logs in.
    LogIn,
}

impl Recovery {
    /// The rule for each failure. An upload that was refused with 401 has already been repeated
    /// with a fresh token.
    pub(super) fn from(error: &RequestError) -> Self {
        match error {
            RequestError::Network(_) => Self::Retry { after: None },
            RequestError::LoggedOut => Self::LogIn,
            RequestError::Answer(_) | RequestError::Location(_) => Self::RetrySlowly,
            RequestError::Refused { status, retry_after, .. } => match status {
                401 => Self::LogIn,
                413 => Self::SendLess,
                408 | 425 | 429 | 500..=599 => Self::Retry { after: *retry_after },
                _ => Self::RetrySlowly,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_recovery() {
        let after = Some(Duration::from_secs(7));
        let recovery = |status| {
            Recovery::from(&RequestError::Refused {
                status,
                code: String::new(),
                message: String::new(),
                retry_after: after,
            })
        };
        for status in [408, 425, 429, 500, 502, 503, 504, 599] {
            assert_eq!(recovery(status), Recovery::Retry { after }, "{status}");
        }
        for status in [301, 400, 403, 404, 409, 415, 422] {
            assert_eq!(recovery(status), Recovery::RetrySlowly, "{status}");
        }
        assert_eq!(recovery(401), Recovery::LogIn);
        assert_eq!(recovery(413), Recovery::SendLess);
        assert_eq!(Recovery::from(&RequestError::LoggedOut), Recovery::LogIn);
    }
}
