//! `…/auth/api_keys`: keys that users make for themselves. All of it needs the refresh token.

use axum::{
    Json,
    extract::{FromRequestParts, Path, State},
    http::{StatusCode, request::Parts},
};
use bson::oid::ObjectId;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Remote, bearer::Bearer, body::Short};
use crate::{
    auth::{ApiKey, AuthError, NewKey, Providers},
    error::ApiError,
    gateway::Gateway,
};

#[derive(Deserialize)]
pub(super) struct Name {
    name: String,
}

/// Whose keys a request is about.
pub(super) struct Owner {
    domain_id: ObjectId,
    user_id: Option<ObjectId>,
}

/// The user of the refresh token.
impl FromRequestParts<Gateway> for Owner {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, gateway: &Gateway) -> Result<Self, ApiError> {
        let Bearer(token) = Bearer::of(&parts.headers)?;
        let user = gateway.auth().user_of_refresh_token(&token).await?;
        if let Some(app) = gateway.apps().of_domain(user.domain_id) {
            app.check_address(Remote::of(parts).0)?;
        }
        Ok(Self { domain_id: user.domain_id, user_id: Some(user.id) })
    }
}

fn shown(key: &ApiKey) -> Value {
    json!({ "_id": key.id.to_hex(), "name": key.name, "disabled": key.disabled })
}

fn id(text: &str) -> Result<ObjectId, AuthError> {
    ObjectId::parse_str(text).map_err(|_| AuthError::KeyNotFound)
}

pub(super) async fn create(
    State(gateway): State<Gateway>,
    owner: Owner,
    Short(Name { name }): Short<Name>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    if let Some(app) = gateway.apps().of_domain(owner.domain_id) {
        Providers::of(&app).get("api-key")?;
    }
    let NewKey { record, key } =
        gateway.auth().create_key(owner.domain_id, owner.user_id, &name).await?;
    let mut answer = shown(&record);
    // Shown this once; only a hash is kept.
    if let Some(fields) = answer.as_object_mut() {
        fields.insert("key".to_owned(), key.into());
    }
    Ok((StatusCode::CREATED, Json(answer)))
}

pub(super) async fn list(
    State(gateway): State<Gateway>,
    owner: Owner,
) -> Result<Json<Value>, ApiError> {
    let keys = gateway.auth().keys(owner.domain_id, owner.user_id).await?;
    Ok(Json(keys.iter().map(shown).collect()))
}

pub(super) async fn fetch(
    State(gateway): State<Gateway>,
    owner: Owner,
    Path(key): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let key = gateway.auth().key(owner.domain_id, owner.user_id, id(&key)?).await?;
    Ok(Json(shown(&key)))
}

pub(super) async fn delete(
    State(gateway): State<Gateway>,
    owner: Owner,
    Path(key): Path<String>,
) -> Result<StatusCode, ApiError> {
    gateway.auth().delete_key(owner.domain_id, owner.user_id, id(&key)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn enable(
    gateway: State<Gateway>,
    owner: Owner,
    key: Path<String>,
) -> Result<StatusCode, ApiError> {
    set_disabled(gateway, owner, key, false).await
}

pub(super) async fn disable(
    gateway: State<Gateway>,
    owner: Owner,
    key: Path<String>,
) -> Result<StatusCode, ApiError> {
    set_disabled(gateway, owner, key, true).await
}

async fn set_disabled(
    State(gateway): State<Gateway>,
    owner: Owner,
    Path(key): Path<String>,
    disabled: bool,
) -> Result<StatusCode, ApiError> {
    let auth = gateway.auth();
    auth.set_key_disabled(owner.domain_id, owner.user_id, id(&key)?, disabled).await?;
    Ok(StatusCode::NO_CONTENT)
}
