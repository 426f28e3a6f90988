//! Who may use the Admin API.

use std::{fmt, net::IpAddr, time::Duration};

use bson::{DateTime, oid::ObjectId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{
    keys::StoredKey,
    refusal::Refusal,
    token::{AdminTokens, Kind},
};
use crate::{
    apps::derive_id,
    auth::{Attempt, AuthError, Throttle},
    error::ApiError,
    store::{Record, Records, StoreError},
};

/// Shortest secret of an account. It is all that stands between the network and every app.
const MIN_SECRET_BYTES: usize = 12;
/// Administrators belong to no app.
const NO_DOMAIN: ObjectId = ObjectId::from_bytes([0; 12]);
/// How long a session lasts without a new login.
const SESSION: Duration = Duration::from_secs(60 * 24 * 60 * 60);

/// Somebody who may use the Admin API: a programmatic API key, or a user with a password.
///
/// Written as `NAME:SECRET`. A key's name is its public, its secret its private part.
#[derive(Clone, PartialEq, Eq)]
pub struct AdminAccount {
    name: String,
    secret: [u8; 32],
}

/// What is no account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AdminAccountError {
    /// There is no colon, or nothing before it.
    #[error("write `NAME:SECRET`")]
    Form,
    /// The secret is too easy to guess.
    #[error("the secret must have at least 12 characters")]
    Short,
}

impl std::str::FromStr for AdminAccount {
    type Err = AdminAccountError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, secret) = text.split_once(':').ok_or(AdminAccountError::Form)?;
        if name.is_empty() {
            return Err(AdminAccountError::Form);
        }
        if secret.len() < MIN_SECRET_BYTES {
            return Err(AdminAccountError::Short);
        }
        Ok(Self { name: name.to_owned(), secret: Sha256::digest(secret).into() })
    }
}

// The secret stays out of logs, its digest too.
impl fmt::Debug for AdminAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdminAccount").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Logs administrators in and out and checks their tokens.
#[derive(Debug)]
pub(crate) struct Admins {
    accounts: Vec<AdminAccount>,
    tokens: AdminTokens,
    records: Records,
    throttle: Throttle,
}

/// A login of an administrator. Its tokens are good for as long as the record is there.
#[derive(Debug, Serialize, Deserialize)]
struct AdminSession {
    #[serde(rename = "_id")]
    id: ObjectId,
    user_id: ObjectId,
    name: String,
    /// The key in the store that logged in; an account of the configuration has none.
    #[serde(default)]
    key_id: Option<ObjectId>,
    expires_at: DateTime,
}

impl Record for AdminSession {
    const COLLECTION: &'static str = "admin_sessions";
}

/// An administrator who is logged in.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) user_id: ObjectId,
    pub(crate) name: String,
}

/// What a login brings.
pub(super) struct AdminLogin {
    pub(super) access_token: String,
    pub(super) refresh_token: String,
    pub(super) user_id: ObjectId,
}

impl Admins {
    pub(crate) async fn load(
        accounts: Vec<AdminAccount>,
        records: Records,
    ) -> Result<Self, AuthError> {
        let tokens = AdminTokens::load(&records).await?;
        Ok(Self { accounts, tokens, records, throttle: Throttle::default() })
    }

    /// Whether anybody could log in.
    pub(crate) async fn are_there(&self) -> Result<bool, StoreError> {
        Ok(!self.accounts.is_empty() || !self.records.all::<StoredKey>().await?.is_empty())
    }

    pub(super) async fn log_in(
        &self,
        name: &str,
        secret: &str,
        address: Option<IpAddr>,
    ) -> Result<AdminLogin, ApiError> {
        let attempt = Attempt { domain_id: NO_DOMAIN, account: Some(name), address };
        if let Some(wait) = self.throttle.wait(&attempt) {
            return Err(AuthError::Throttled(wait).into());
        }
        let Some(key_id) = self.check(name, secret).await? else {
            self.throttle.failed(&attempt);
            return Err(Refusal::login().into());
        };
        self.throttle.succeeded(&attempt);
        let session = AdminSession {
            id: ObjectId::new(),
            user_id: derive_id("administrator", name.as_bytes()),
            name: name.to_owned(),
            key_id,
            expires_at: DateTime::from_millis(
                DateTime::now().timestamp_millis()
                    + i64::try_from(SESSION.as_millis()).unwrap_or(i64::MAX),
            ),
        };
        self.records.insert(&session).await.map_err(ApiError::Store)?;
        Ok(AdminLogin {
            access_token: self.tokens.sign(Kind::Access, session.user_id, session.id)?,
            refresh_token: self.tokens.sign(Kind::Refresh, session.user_id, session.id)?,
            user_id: session.user_id,
        })
    }

    /// Whether the secret is right: that of an account of the configuration, or that of a key in
    /// the store, whose id is answered then.
    async fn check(&self, name: &str, secret: &str) -> Result<Option<Option<ObjectId>>, ApiError> {
        let digest: [u8; 32] = Sha256::digest(secret).into();
        // Every account is looked at, whichever it is that matches.
        let mut configured = false;
        for account in &self.accounts {
            let same =
                account.secret.ct_eq(&digest) & account.name.as_bytes().ct_eq(name.as_bytes());
            configured |= bool::from(same);
        }
        if configured {
            return Ok(Some(None));
        }
        let key = self.records.get::<StoredKey>(name).await.map_err(ApiError::Store)?;
        Ok(key.filter(|key| key.matches(secret)).map(|key| Some(key.key_id)))
    }

    /// A new access token for a refresh token.
    pub(super) async fn refresh(&self, token: &str) -> Result<String, ApiError> {
        let session = self.session(Kind::Refresh, token).await?;
        Ok(self.tokens.sign(Kind::Access, session.user_id, session.id)?)
    }

    /// Ends the session of a refresh token. Its access tokens are refused from now on.
    pub(super) async fn log_out(&self, token: &str) -> Result<(), ApiError> {
        let session = self.session(Kind::Refresh, token).await?;
        self.records.delete::<AdminSession>(session.id).await.map_err(ApiError::Store)?;
        Ok(())
    }

    /// Removes sessions that are over. Answers how many.
    pub(crate) async fn expire(&self) -> Result<u64, StoreError> {
        self.records.expire::<AdminSession>(DateTime::now()).await
    }

    /// Whom an access token speaks for. The session and the account must still be there.
    pub(super) async fn verify(&self, token: &str) -> Result<Caller, ApiError> {
        let session = self.session(Kind::Access, token).await?;
        Ok(Caller { user_id: session.user_id, name: session.name })
    }

    async fn session(&self, kind: Kind, token: &str) -> Result<AdminSession, ApiError> {
        let id = self.tokens.verify(kind, token)?;
        let session = self.records.get::<AdminSession>(id).await.map_err(ApiError::Store)?;
        let session = session.filter(|session| session.expires_at > DateTime::now());
        let ended = || Refusal::session("invalid session: failed to find refresh token");
        let session = session.ok_or_else(ended)?;
        // An account that was taken out of the configuration, or a key that was revoked, is out at
        // once.
        let known = match session.key_id {
            None => self.accounts.iter().any(|account| account.name == session.name),
            Some(key_id) => {
                let key = self.records.get::<StoredKey>(session.name.as_str()).await;
                key.map_err(ApiError::Store)?.is_some_and(|key| key.key_id == key_id)
            }
        };
        if known { Ok(session) } else { Err(ended().into()) }
    }
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn an_account_is_a_name_and_a_secret_that_is_not_printed() {
        let account: AdminAccount = "abcdefgh:0f9e8d7c-0000-1111".parse().unwrap();
        assert_eq!(format!("{account:?}"), r#"AdminAccount { name: "abcdefgh", .. }"#);
        for (text, error) in [
            ("abc", AdminAccountError::Form),
            (":secret-secret", AdminAccountError::Form),
            ("a:short", AdminAccountError::Short),
        ] {
            assert_eq!(text.parse::<AdminAccount>(), Err(error), "{text}");
        }
    }
}
