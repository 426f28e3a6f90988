//! The token in the `Authorization` header.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};

use super::caller::Remote;
use crate::{auth::Access, error::ApiError, gateway::Gateway, telemetry::Note};

/// A token as it was sent.
pub(crate) struct Bearer(pub(crate) String);

impl Bearer {
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, ApiError> {
        let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let (scheme, token) = value.and_then(|v| v.split_once(' ')).ok_or(ApiError::NoToken)?;
        if scheme.eq_ignore_ascii_case("bearer") {
            Ok(Self(token.trim().to_owned()))
        } else {
            Err(ApiError::NoToken)
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Bearer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Self::of(&parts.headers)
    }
}

/// The user of a valid access token.
impl FromRequestParts<Gateway> for Access {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        gateway: &Gateway,
    ) -> Result<Self, Self::Rejection> {
        let Bearer(token) = Bearer::of(&parts.headers)?;
        let access = gateway.auth().verify_access(&token).map_err(ApiError::Token)?;
        if let Some(note) = parts.extensions.get::<Note>() {
            note.user(access.user_id, access.domain_id);
        }
        if let Some(app) = gateway.apps().of_domain(access.domain_id) {
            app.check_address(Remote::of(parts).0)?;
        }
        Ok(access)
    }
}
