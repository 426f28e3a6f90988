//! `/api_keys`: keys of servers.

use axum::{extract::State, http::StatusCode};
use bson::oid::ObjectId;
use serde_json::{Value, json};

use super::{
    Answer, Created, Done, JsonBody, Object, Parameters, Target, answer, created, text, with_id,
};
use crate::{
    auth::{ApiKey, AuthError},
    error::ApiError,
    gateway::Gateway,
};

fn shown(key: &ApiKey) -> Object {
    let shown = [("name", json!(key.name)), ("disabled", json!(key.disabled))];
    shown.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// The key that the path names.
fn id(parameters: &Parameters) -> Result<ObjectId, ApiError> {
    Ok(parameters.id("apiKeyId").ok_or(AuthError::KeyNotFound)?)
}

pub(super) async fn list(State(gateway): State<Gateway>, app: Target) -> Answer {
    let keys = gateway.auth().keys(app.state.domain_id, None).await?;
    answer(keys.iter().map(|key| with_id(key.id, shown(key))).collect::<Vec<Value>>())
}

/// The key itself is shown here and never again.
pub(super) async fn create(
    State(gateway): State<Gateway>,
    app: Target,
    JsonBody(body): JsonBody<Object>,
) -> Created {
    let made = gateway.auth().create_key(app.state.domain_id, None, text(&body, "name")?).await?;
    let mut key = shown(&made.record);
    key.insert("key".to_owned(), json!(made.key));
    created(with_id(made.record.id, key))
}

pub(super) async fn fetch(
    State(gateway): State<Gateway>,
    app: Target,
    parameters: Parameters,
) -> Answer {
    let key = gateway.auth().key(app.state.domain_id, None, id(&parameters)?).await?;
    answer(with_id(key.id, shown(&key)))
}

pub(super) async fn delete(
    State(gateway): State<Gateway>,
    app: Target,
    parameters: Parameters,
) -> Done {
    gateway.auth().delete_key(app.state.domain_id, None, id(&parameters)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn set_disabled(
    gateway: &Gateway,
    app: &Target,
    parameters: &Parameters,
    disabled: bool,
) -> Done {
    let (domain, id) = (app.state.domain_id, id(parameters)?);
    gateway.auth().set_key_disabled(domain, None, id, disabled).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn enable(
    State(gateway): State<Gateway>,
    app: Target,
    parameters: Parameters,
) -> Done {
    set_disabled(&gateway, &app, &parameters, false).await
}

pub(super) async fn disable(
    State(gateway): State<Gateway>,
    app: Target,
    parameters: Parameters,
) -> Done {
    set_disabled(&gateway, &app, &parameters, true).await
}
