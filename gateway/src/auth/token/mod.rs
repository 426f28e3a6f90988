//! Tokens: JSON web tokens with the claims that App Services clients read.

mod lifetimes;

use std::collections::HashSet;

use bson::{Bson, Document, oid::ObjectId};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, errors::ErrorKind,
    get_current_timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::record::{Identity, Session};
pub(crate) use lifetimes::Lifetimes;
pub use lifetimes::TokenLifetimeError;

/// Whom an access token speaks for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Access {
    pub(crate) user_id: ObjectId,
    pub(crate) domain_id: ObjectId,
    pub(crate) session_id: ObjectId,
    pub(crate) device_id: Option<ObjectId>,
    /// Seconds since 1970 at which the token was made.
    pub(crate) issued_at: u64,
    /// Seconds since 1970 at which the token expires.
    pub(crate) expires_at: u64,
    /// Custom data of the user, as they were when the token was made.
    pub(crate) custom_data: Document,
}

/// A token that is not accepted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TokenError {
    /// It was good once.
    #[error("the token has expired")]
    Expired,
    /// It was not made by this gateway for this purpose.
    #[error("the token is not valid")]
    Invalid(#[source] Option<jsonwebtoken::errors::Error>),
}

/// Signs and verifies tokens. One algorithm, one key.
pub(super) struct TokenKeys {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    lifetimes: Lifetimes,
}

#[derive(Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum TokenType {
    Access,
    Refresh,
}

/// Every claim is there twice: clients of the predecessor read those with `stitch`.
#[derive(Serialize)]
struct AccessClaims<'a> {
    baas_device_id: &'a str,
    baas_domain_id: &'a str,
    exp: u64,
    iat: u64,
    iss: &'a str,
    #[serde(rename = "stitch_devId")]
    stitch_dev_id: &'a str,
    #[serde(rename = "stitch_domainId")]
    stitch_domain_id: &'a str,
    sub: &'a str,
    typ: TokenType,
    user_data: Value,
}

#[derive(Serialize)]
struct RefreshClaims<'a> {
    baas_data: (),
    baas_device_id: &'a str,
    baas_domain_id: &'a str,
    baas_id: &'a str,
    baas_identity: &'a IdentityClaim,
    exp: u64,
    iat: u64,
    stitch_data: (),
    #[serde(rename = "stitch_devId")]
    stitch_dev_id: &'a str,
    #[serde(rename = "stitch_domainId")]
    stitch_domain_id: &'a str,
    stitch_id: &'a str,
    stitch_ident: &'a IdentityClaim,
    sub: &'a str,
    typ: TokenType,
}

#[derive(Serialize)]
struct IdentityClaim {
    id: String,
    provider_type: String,
    provider_id: String,
}

/// The claims that the gateway itself reads.
#[derive(Deserialize)]
struct ReadClaims {
    typ: TokenType,
    exp: u64,
    iat: u64,
    sub: ObjectId,
    baas_domain_id: ObjectId,
    baas_device_id: Option<ObjectId>,
    /// The session, in an access token.
    iss: Option<ObjectId>,
    /// The session, in a refresh token.
    baas_id: Option<ObjectId>,
    /// Custom data in extended JSON, in an access token.
    user_data: Option<Value>,
}

impl TokenKeys {
    pub(super) fn new(secret: &[u8], lifetimes: Lifetimes) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = 0;
        validation.required_spec_claims = HashSet::from(["exp".to_owned()]);
        Self {
            encoding: EncodingKey::from_secret(secret),
            decoding: DecodingKey::from_secret(secret),
            validation,
            lifetimes,
        }
    }

    pub(super) const fn lifetimes(&self) -> Lifetimes {
        self.lifetimes
    }

    pub(super) fn access(
        &self,
        session: &Session,
        custom_data: &Document,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        self.access_issued_at(session, custom_data, get_current_timestamp())
    }

    fn access_issued_at(
        &self,
        session: &Session,
        custom_data: &Document,
        now: u64,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        let Hex { session, domain, user, device } = &Hex::of(session);
        self.sign(&AccessClaims {
            baas_device_id: device,
            baas_domain_id: domain,
            exp: now + self.lifetimes.access(),
            iat: now,
            iss: session,
            stitch_dev_id: device,
            stitch_domain_id: domain,
            sub: user,
            typ: TokenType::Access,
            user_data: Bson::Document(custom_data.clone()).into_canonical_extjson(),
        })
    }

    /// Seconds that the refresh token of a login with this identity is good for.
    pub(super) fn refresh_lifetime(&self, identity: &Identity, of_app: Option<i64>) -> u64 {
        self.lifetimes.refresh_for(&identity.provider_type, of_app)
    }

    /// `of_app`: how long refresh tokens are good for, if the app says so.
    pub(super) fn refresh(
        &self,
        session: &Session,
        identity: &Identity,
        of_app: Option<i64>,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        let now = get_current_timestamp();
        let seconds = self.refresh_lifetime(identity, of_app);
        let Hex { session, domain, user, device } = &Hex::of(session);
        let identity = &IdentityClaim {
            id: identity.id.to_hex(),
            provider_type: identity.provider_type.clone(),
            provider_id: identity.provider_id.to_hex(),
        };
        self.sign(&RefreshClaims {
            baas_data: (),
            baas_device_id: device,
            baas_domain_id: domain,
            baas_id: session,
            baas_identity: identity,
            exp: now + seconds,
            iat: now,
            stitch_data: (),
            stitch_dev_id: device,
            stitch_domain_id: domain,
            stitch_id: session,
            stitch_ident: identity,
            sub: user,
            typ: TokenType::Refresh,
        })
    }

    fn sign(&self, claims: &impl Serialize) -> Result<String, jsonwebtoken::errors::Error> {
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &self.encoding)
    }

    pub(super) fn verify_access(&self, token: &str) -> Result<Access, TokenError> {
        let claims = self.verify(token)?;
        match (claims.typ, claims.iss) {
            (TokenType::Access, Some(session_id)) => Ok(Access {
                user_id: claims.sub,
                domain_id: claims.baas_domain_id,
                session_id,
                device_id: claims.baas_device_id,
                issued_at: claims.iat,
                expires_at: claims.exp,
                custom_data: match claims.user_data.map(Bson::try_from) {
                    Some(Ok(Bson::Document(data))) => data,
                    _ => Document::new(),
                },
            }),
            _ => Err(TokenError::Invalid(None)),
        }
    }

    /// Answers the session that the token belongs to.
    pub(super) fn verify_refresh(&self, token: &str) -> Result<ObjectId, TokenError> {
        let claims = self.verify(token)?;
        match (claims.typ, claims.baas_id) {
            (TokenType::Refresh, Some(session_id)) => Ok(session_id),
            _ => Err(TokenError::Invalid(None)),
        }
    }

    fn verify(&self, token: &str) -> Result<ReadClaims, TokenError> {
        let data = jsonwebtoken::decode(token, &self.decoding, &self.validation);
        data.map(|data| data.claims).map_err(|error| match error.kind() {
            ErrorKind::ExpiredSignature => TokenError::Expired,
            _ => TokenError::Invalid(Some(error)),
        })
    }
}

/// The ids of a session as claims hold them.
struct Hex {
    session: String,
    domain: String,
    user: String,
    device: String,
}

impl Hex {
    fn of(session: &Session) -> Self {
        Self {
            session: session.id.to_hex(),
            domain: session.domain_id.to_hex(),
            user: session.user_id.to_hex(),
            device: session.device_id.to_hex(),
        }
    }
}

// The secret stays out of logs.
impl std::fmt::Debug for TokenKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenKeys").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
