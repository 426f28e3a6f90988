//! `/auth/session`, `/auth/profile` and `/auth/delete`: what users do about themselves.

use asymmetric_protocol::client_api::SessionResponse;
use axum::{Json, extract::State, http::StatusCode};
use serde_json::Value;

use super::{Remote, bearer::Bearer};
use crate::{auth::Access, error::ApiError, gateway::Gateway};

/// Needs the refresh token.
pub(super) async fn refresh(
    State(gateway): State<Gateway>,
    Remote(address): Remote,
    Bearer(token): Bearer,
) -> Result<(StatusCode, Json<SessionResponse>), ApiError> {
    let session = gateway.auth().refresh(gateway.apps(), &token, address).await?;
    Ok((StatusCode::CREATED, Json(session)))
}

/// Needs the refresh token.
pub(super) async fn log_out(
    State(gateway): State<Gateway>,
    Bearer(token): Bearer,
) -> Result<StatusCode, ApiError> {
    gateway.auth().log_out(&token).await?;
    // Without content, and so without a content type, which clients would try to parse.
    Ok(StatusCode::NO_CONTENT)
}

/// Needs the access token.
pub(super) async fn profile(
    State(gateway): State<Gateway>,
    access: Access,
) -> Result<Json<Value>, ApiError> {
    Ok(Json(gateway.auth().profile(&access).await?))
}

/// Needs the access token. Everything that lets the user log in is gone afterwards.
pub(super) async fn delete_user(
    State(gateway): State<Gateway>,
    access: Access,
) -> Result<StatusCode, ApiError> {
    gateway.auth().enabled_user(access.domain_id, access.user_id).await?;
    gateway.auth().delete_user(access.domain_id, access.user_id).await?;
    Ok(StatusCode::NO_CONTENT)
}
