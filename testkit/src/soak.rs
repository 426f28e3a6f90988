//! How long the tests last that look for rare faults.

use std::{env, time::Duration};

/// The environment variable that `cargo xtask soak` sets.
pub const SOAK_SECONDS: &str = "ASYMMETRIC_SOAK_SECONDS";

/// How long a test whose name contains `soak` goes on: a few seconds, or what the environment says.
///
/// Such a test proves the same however long it lasts; time only makes rarer faults likely. So the
/// suite runs it briefly, and `cargo xtask soak 600` for ten minutes.
///
/// # Panics
///
/// If the environment variable is no number: a soak that silently lasted seconds proved nothing.
pub fn soak_duration() -> Duration {
    let seconds = match env::var(SOAK_SECONDS) {
        Ok(seconds) => seconds.parse().unwrap_or_else(|_| {
            panic!("`{SOAK_SECONDS}` must be a number of seconds, and is `{seconds}`")
        }),
        Err(_) => 5,
    };
    Duration::from_secs(seconds)
}
