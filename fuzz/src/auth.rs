//! The part of the gateway that checks tokens, without what only other parts of it need.

/// What records of accounts are asked about, and no token is.
mod accounts {
    pub(super) const PROVIDER: &str = "local-userpass";
}
#[path = "../../gateway/src/auth/record.rs"]
mod record;
#[path = "../../gateway/src/auth/token/mod.rs"]
mod token;

use self::token::{Lifetimes, TokenKeys};

/// Whether a token is accepted as an access token, and as a refresh token.
pub(crate) fn accepted(secret: &[u8], token: &str) -> (bool, bool) {
    let keys = TokenKeys::new(secret, Lifetimes::default());
    (keys.verify_access(token).is_ok(), keys.verify_refresh(token).is_ok())
}
