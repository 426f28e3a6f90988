//! Logging in and out.

use asymmetric_protocol::client_api::{LoginResponse, SessionResponse};
use bson::{DateTime, oid::ObjectId};
use serde_json::json;

use super::{
    record::{Identity, Session, SigningSecret, User},
    token::{Access, TokenError, TokenKeys},
};
use crate::{
    apps::App,
    store::{Records, StoreError},
};

const SECRET_ID: &str = "token_signing_secret";
const SECRET_BYTES: usize = 64;

/// Logs users in and out and checks their tokens.
#[derive(Debug)]
pub(crate) struct Auth {
    records: Records,
    keys: TokenKeys,
}

/// A login, refresh or logout that did not succeed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuthError {
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error("the session was ended")]
    SessionEnded,
    #[error("the user does not exist")]
    UserNotFound,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("cannot sign a token")]
    Sign(#[from] jsonwebtoken::errors::Error),
    #[error("the operating system has no random numbers")]
    Random(#[from] getrandom::Error),
}

impl Auth {
    /// Reads the signing secret from the store, or makes it there. Gateways that start at the same
    /// time on one store end up with the same secret.
    pub(crate) async fn load(records: Records) -> Result<Self, AuthError> {
        let found = match records.get::<SigningSecret>(SECRET_ID).await? {
            Some(found) => found,
            None => Self::make_secret(&records).await?,
        };
        Ok(Self { records, keys: TokenKeys::new(&found.secret.bytes) })
    }

    async fn make_secret(records: &Records) -> Result<SigningSecret, AuthError> {
        let mut bytes = vec![0; SECRET_BYTES];
        getrandom::fill(&mut bytes)?;
        let secret = bson::Binary { subtype: bson::spec::BinarySubtype::Generic, bytes };
        let made = SigningSecret { id: SECRET_ID.to_owned(), secret };
        if records.insert(&made).await? {
            return Ok(made);
        }
        let found = records.get(SECRET_ID).await?;
        found.ok_or_else(|| StoreError::Record("the signing secret vanished".to_owned()).into())
    }

    /// Makes a user without credentials, and a session for it.
    pub(crate) async fn log_in_anonymously(
        &self,
        app: &App,
        device_id: ObjectId,
    ) -> Result<LoginResponse, AuthError> {
        let identity = Identity {
            id: ObjectId::new(),
            provider_type: "anon-user".to_owned(),
            provider_id: app.anonymous_provider_id(),
        };
        let user = User {
            id: ObjectId::new(),
            domain_id: app.domain_id,
            identities: vec![identity.clone()],
            created_at: DateTime::now(),
        };
        let session = Session {
            id: ObjectId::new(),
            domain_id: app.domain_id,
            user_id: user.id,
            device_id,
            created_at: user.created_at,
        };
        self.records.insert(&user).await?;
        self.records.insert(&session).await?;
        Ok(LoginResponse {
            access_token: self.keys.access(&session)?,
            refresh_token: self.keys.refresh(&session, &identity)?,
            user_id: session.user_id.to_hex(),
            device_id: session.device_id.to_hex(),
        })
    }

    /// A new access token for the session of a refresh token.
    pub(crate) async fn refresh(&self, token: &str) -> Result<SessionResponse, AuthError> {
        let id = self.keys.verify_refresh(token)?;
        let session = self.records.get(id).await?.ok_or(AuthError::SessionEnded)?;
        Ok(SessionResponse { access_token: self.keys.access(&session)? })
    }

    /// Ends the session of a refresh token.
    pub(crate) async fn log_out(&self, token: &str) -> Result<(), AuthError> {
        let id = self.keys.verify_refresh(token)?;
        let ended = self.records.delete::<Session>(id).await?;
        if ended { Ok(()) } else { Err(AuthError::SessionEnded) }
    }

    /// Checks an access token. Needs no store.
    pub(crate) fn verify_access(&self, token: &str) -> Result<Access, TokenError> {
        self.keys.verify_access(token)
    }

    /// What a user may know of itself.
    pub(crate) async fn profile(&self, access: &Access) -> Result<serde_json::Value, AuthError> {
        let user: User = self.records.get(access.user_id).await?.ok_or(AuthError::UserNotFound)?;
        let identity = |identity: &Identity| {
            json!({
                "id": identity.id.to_hex(),
                "provider_type": identity.provider_type,
                "provider_id": identity.provider_id.to_hex(),
            })
        };
        Ok(json!({
            "user_id": user.id.to_hex(),
            "domain_id": user.domain_id.to_hex(),
            "type": "normal",
            "identities": user.identities.iter().map(identity).collect::<Vec<_>>(),
            "data": {},
        }))
    }
}
