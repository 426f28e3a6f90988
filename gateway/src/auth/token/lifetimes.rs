//! How long tokens are good for.

use std::{ops::RangeInclusive, time::Duration};

const DAY: u64 = 24 * 60 * 60;
/// The refresh token of an anonymous user is good practically for ever, because the user could
/// never log in again.
const ANONYMOUS_SECONDS: u64 = 50 * 365 * DAY;
/// An access token is good until it expires, whatever becomes of its user: a day is much.
const ACCESS_RANGE: RangeInclusive<u64> = 1..=DAY;
/// Five years are the most that App Services knows.
const REFRESH_RANGE: RangeInclusive<u64> = 1..=5 * 366 * DAY;

/// How long tokens are good for, in seconds. Their times are whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lifetimes {
    access: u64,
    refresh: u64,
}

/// A lifetime that tokens cannot have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} tokens cannot last {given:?}: give whole seconds, from {least} to {most}")]
pub struct TokenLifetimeError {
    what: &'static str,
    given: Duration,
    least: u64,
    most: u64,
}

impl Default for Lifetimes {
    /// Those of App Services: half an hour, and 60 days.
    fn default() -> Self {
        Self { access: 1800, refresh: 60 * DAY }
    }
}

impl Lifetimes {
    /// Chooses some; the others stay as they are.
    pub(crate) fn with(
        self,
        access: Option<Duration>,
        refresh: Option<Duration>,
    ) -> Result<Self, TokenLifetimeError> {
        let or = |given: Option<Duration>, what, range, default| {
            given.map_or(Ok(default), |given| seconds(what, given, range))
        };
        Ok(Self {
            access: or(access, "access", ACCESS_RANGE, self.access)?,
            refresh: or(refresh, "refresh", REFRESH_RANGE, self.refresh)?,
        })
    }

    pub(super) const fn access(self) -> u64 {
        self.access
    }

    /// That of refresh tokens, where an app does not say otherwise.
    pub(crate) const fn refresh(self) -> u64 {
        self.refresh
    }

    /// That of the refresh tokens of a provider, in an app that may have chosen another.
    pub(in crate::auth) fn refresh_for(self, provider_type: &str, of_app: Option<i64>) -> u64 {
        if provider_type == "anon-user" {
            return ANONYMOUS_SECONDS;
        }
        of_app.and_then(|seconds| seconds.try_into().ok()).unwrap_or(self.refresh)
    }
}

fn seconds(
    what: &'static str,
    given: Duration,
    range: RangeInclusive<u64>,
) -> Result<u64, TokenLifetimeError> {
    let seconds = given.as_secs();
    if given.subsec_nanos() == 0 && range.contains(&seconds) {
        return Ok(seconds);
    }
    let (least, most) = range.into_inner();
    Err(TokenLifetimeError { what, given, least, most })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_that_tokens_cannot_have_are_refused() {
        let (second, day) = (Duration::from_secs(1), Duration::from_secs(DAY));
        let with = |access, refresh| Lifetimes::default().with(access, refresh);
        assert_eq!(with(None, None), Ok(Lifetimes::default()));
        assert_eq!(with(Some(day), Some(second)), Ok(Lifetimes { access: DAY, refresh: 1 }));
        for (access, refresh, expected) in [
            (Some(Duration::ZERO), None, "access tokens cannot last 0ns"),
            (Some(day + second), None, "from 1 to 86400"),
            (Some(second / 2), None, "access tokens cannot last 500ms: give whole seconds"),
            (None, Some(Duration::ZERO), "refresh tokens cannot last 0ns"),
            (None, Some(day * 1831), "from 1 to 158112000"),
        ] {
            let error = with(access, refresh).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn apps_choose_for_their_refresh_tokens_but_for_those_of_anonymous_users() {
        let lifetimes = Lifetimes::default();
        assert_eq!(lifetimes.refresh_for("local-userpass", None), 60 * DAY);
        assert_eq!(lifetimes.refresh_for("local-userpass", Some(1800)), 1800);
        assert_eq!(lifetimes.refresh_for("anon-user", Some(1800)), ANONYMOUS_SECONDS);
    }
}
