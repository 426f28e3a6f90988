//! Access tokens, and how long they are good for.

use std::{sync::Arc, time::Duration};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;
use tokio::time::Instant;

/// A token is renewed this long before its end, or after nine tenths of its time if that is later.
const MARGIN: Duration = Duration::from_secs(120);

/// A token for requests.
#[derive(Clone)]
pub(super) struct AccessToken {
    pub(super) text: Arc<str>,
    /// From when on it should be renewed, and from when on it is of no use; unknown if it is no
    /// JSON web token with its times in it.
    times: Option<(Instant, Instant)>,
}

#[derive(Deserialize)]
struct Claims {
    iat: u64,
    exp: u64,
}

impl AccessToken {
    /// A token that was issued just now. Its times are counted from here on: the clock of a device
    /// may be wrong by years.
    pub(super) fn new(text: String) -> Self {
        let lifetime = claims(&text).map(|claims| claims.exp.saturating_sub(claims.iat));
        let times = lifetime.and_then(|seconds| {
            let now = Instant::now();
            let lifetime = Duration::from_secs(seconds);
            let before_the_end = lifetime.saturating_sub(MARGIN.min(lifetime / 10));
            Some((now.checked_add(before_the_end)?, now.checked_add(lifetime)?))
        });
        Self { text: text.into(), times }
    }

    /// Whether it should be renewed.
    pub(super) fn is_aging(&self) -> bool {
        self.times.is_some_and(|(aging, _)| Instant::now() >= aging)
    }

    /// Whether the server accepts it no longer.
    pub(super) fn is_expired(&self) -> bool {
        self.times.is_some_and(|(_, expired)| Instant::now() >= expired)
    }
}

fn claims(token: &str) -> Option<Claims> {
    let payload = token.split('.').nth(1)?;
    let payload = BASE64_URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&payload).ok()
}

// Tokens never reach a log through `{:?}`.
impl std::fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccessToken").field("times", &self.times).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(lifetime: u64) -> AccessToken {
        let payload =
            BASE64_URL_SAFE_NO_PAD.encode(format!(r#"{{"iat":7,"exp":{}}}"#, 7 + lifetime));
        AccessToken::new(format!("head.{payload}.signature"))
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_renewed_before_it_expires() {
        let token = token(1800);
        tokio::time::sleep(Duration::from_secs(1679)).await;
        assert!(!token.is_aging());
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert!(token.is_aging() && !token.is_expired());
        tokio::time::sleep(Duration::from_secs(120)).await;
        assert!(token.is_expired());
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_that_tells_nothing_is_good_until_the_server_says_otherwise() {
        for text in ["", "opaque", "a.b.c", "a.e30.c"] {
            let token = AccessToken::new(text.to_owned());
            tokio::time::sleep(Duration::from_secs(10_000)).await;
            assert!(!token.is_aging() && !token.is_expired());
        }
        assert!(!format!("{:?}", AccessToken::new("s3cr3t".into())).contains("s3cr3t"));
    }
}
