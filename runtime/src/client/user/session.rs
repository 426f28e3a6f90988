//! What is left of a user when the process ends.

use crate::client::{credentials::ANONYMOUS, outbox::StoredSession};

/// A session as realms watch it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Session {
    /// Of the last login; without a refresh token after a logout, so that what the user has written
    /// stays the user's.
    pub(crate) stored: Option<StoredSession>,
    /// How often somebody has logged the user in, other than the library by itself.
    pub(crate) logins: u64,
}

impl Session {
    pub(super) fn refresh_token(&self) -> Option<&str> {
        let token = self.stored.as_ref()?.refresh_token.as_str();
        (!token.is_empty()).then_some(token)
    }

    pub(super) fn is_anonymous(&self) -> bool {
        self.stored.as_ref().is_some_and(|session| session.provider == ANONYMOUS)
    }
}
