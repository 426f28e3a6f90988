//! Users, sessions and the tokens that stand for them.
//!
//! | part | is |
//! |---|---|
//! | `accounts` | e-mail addresses and passwords: register, confirm, reset |
//! | `keys` | API keys of users and servers |
//! | `external` | tokens that others signed: custom tokens, Google, Apple |
//! | `logins` | from a proven identity to a user and a session |
//! | `sessions` | refresh, logout |
//! | `users` | profile, disabling, revoking, deleting |
//! | `lists` | pages of users, pending accounts, devices |
//! | `admitted` | users whom administrators make, and bring from another server |
//! | `token` | access and refresh tokens |
//! | `throttle` | slowing down those who guess |
//!
//! An access token is checked by its signature alone, so that every request needs no look into the
//! store; it stays good until it expires, even after a logout. A refresh token is good only as long
//! as the store has its session.

mod accounts;
mod admitted;
mod error;
mod external;
mod keys;
mod lists;
mod logins;
mod password;
mod provider;
mod record;
pub(crate) mod secret;
mod sessions;
mod throttle;
mod token;
mod users;

use std::sync::Arc;

use bson::Binary;

pub use self::token::TokenLifetimeError;
pub(crate) use self::{
    admitted::{Brought, BroughtIdentity},
    error::AuthError,
    keys::NewKey,
    lists::UserQuery,
    logins::{Login, Proven},
    provider::Providers,
    record::{ApiKey, User},
    throttle::{Attempt, Throttle},
    token::{Access, Lifetimes, TokenError},
};
use self::{password::Passwords, record::SigningSecret, token::TokenKeys};
use crate::{
    functions::Engine,
    store::{Records, Store, StoreError},
};

const SECRET_ID: &str = "token_signing_secret";
const SECRET_BYTES: usize = 64;

/// Logs users in and out and checks their tokens.
#[derive(Debug)]
pub(crate) struct Auth {
    records: Records,
    store: Arc<dyn Store>,
    keys: TokenKeys,
    passwords: Passwords,
    throttle: Throttle,
    functions: Engine,
}

impl Auth {
    /// Reads the signing secret from the store, or makes it there. Gateways that start at the same
    /// time on one store end up with the same secret.
    pub(crate) async fn load(
        records: Records,
        functions: Engine,
        lifetimes: Lifetimes,
    ) -> Result<Self, AuthError> {
        let found = match records.get::<SigningSecret>(SECRET_ID).await? {
            Some(found) => found,
            None => Self::make_secret(&records).await?,
        };
        Ok(Self {
            store: Arc::clone(records.store()),
            records,
            keys: TokenKeys::new(&found.secret.bytes, lifetimes),
            passwords: Passwords::new(),
            throttle: Throttle::default(),
            functions,
        })
    }

    async fn make_secret(records: &Records) -> Result<SigningSecret, AuthError> {
        let mut bytes = vec![0; SECRET_BYTES];
        getrandom::fill(&mut bytes)?;
        let secret = Binary { subtype: bson::spec::BinarySubtype::Generic, bytes };
        let made = SigningSecret { id: SECRET_ID.to_owned(), secret };
        if records.insert(&made).await? {
            return Ok(made);
        }
        let found = records.get(SECRET_ID).await?;
        found.ok_or_else(|| StoreError::Record("the signing secret vanished".to_owned()).into())
    }

    /// How long tokens are good for, unless an app says otherwise.
    pub(crate) const fn lifetimes(&self) -> Lifetimes {
        self.keys.lifetimes()
    }

    /// Checks an access token. Needs no store.
    pub(crate) fn verify_access(&self, token: &str) -> Result<Access, TokenError> {
        self.keys.verify_access(token)
    }
}
