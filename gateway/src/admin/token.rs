//! Tokens of administrators: another key than that of users, so that none can be mistaken for one.

use std::{collections::HashSet, fmt};

use bson::{Binary, oid::ObjectId, spec::BinarySubtype};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, errors::ErrorKind,
    get_current_timestamp,
};
use serde::{Deserialize, Serialize};

use super::refusal::Refusal;
use crate::{
    auth::AuthError,
    error::ApiError,
    store::{Record, Records, StoreError},
};

const SECRET_ID: &str = "admin_token_signing_secret";
const SECRET_BYTES: usize = 64;
const ACCESS_SECONDS: u64 = 30 * 60;
const REFRESH_SECONDS: u64 = 60 * 24 * 60 * 60;

/// The secret that the tokens are signed with: one per store.
#[derive(Serialize, Deserialize)]
struct AdminSecret {
    #[serde(rename = "_id")]
    id: String,
    secret: Binary,
}

impl Record for AdminSecret {
    const COLLECTION: &'static str = "settings";
}

/// What a token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Access,
    Refresh,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    typ: Kind,
    sub: ObjectId,
    /// The session.
    iss: ObjectId,
    iat: u64,
    exp: u64,
}

pub(super) struct AdminTokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
}

impl AdminTokens {
    /// Reads the secret from the store, or makes it there.
    pub(super) async fn load(records: &Records) -> Result<Self, AuthError> {
        let mut bytes = vec![0; SECRET_BYTES];
        getrandom::fill(&mut bytes)?;
        let secret = Binary { subtype: BinarySubtype::Generic, bytes };
        let made = AdminSecret { id: SECRET_ID.to_owned(), secret };
        // Of gateways that start at the same time one is first; the others read what it made.
        records.insert(&made).await?;
        let found: Option<AdminSecret> = records.get(SECRET_ID).await?;
        let found = found.ok_or_else(|| StoreError::Record("the secret vanished".to_owned()))?;
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = 0;
        validation.required_spec_claims = HashSet::from(["exp".to_owned()]);
        Ok(Self {
            encoding: EncodingKey::from_secret(&found.secret.bytes),
            decoding: DecodingKey::from_secret(&found.secret.bytes),
            validation,
        })
    }

    pub(super) fn sign(
        &self,
        kind: Kind,
        user: ObjectId,
        session: ObjectId,
    ) -> Result<String, AuthError> {
        let iat = get_current_timestamp();
        let exp = iat + if kind == Kind::Access { ACCESS_SECONDS } else { REFRESH_SECONDS };
        let claims = ClaimsOut { typ: kind, sub: user.to_hex(), iss: session.to_hex(), iat, exp };
        Ok(jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding)?)
    }

    /// The session of a token of this kind.
    pub(super) fn verify(&self, kind: Kind, token: &str) -> Result<ObjectId, ApiError> {
        let decoded = jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation);
        match (decoded, kind) {
            (Ok(data), _) if data.claims.typ == kind => Ok(data.claims.iss),
            (Ok(_), Kind::Refresh) => {
                Err(Refusal::session("invalid refresh token: incorrect token type").into())
            }
            (Ok(_), Kind::Access) => {
                Err(Refusal::session("invalid access token: incorrect token type").into())
            }
            (Err(error), _) if *error.kind() == ErrorKind::ExpiredSignature => {
                Err(Refusal::session("invalid session: access token expired").into())
            }
            (Err(_), _) => Err(Refusal::session("invalid session: signature is invalid").into()),
        }
    }
}

#[derive(Serialize)]
struct ClaimsOut {
    typ: Kind,
    sub: String,
    iss: String,
    iat: u64,
    exp: u64,
}

impl fmt::Debug for AdminTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdminTokens").finish_non_exhaustive()
    }
}
