//! `POST …/app/{app}/auth/providers/local-userpass/…`: accounts with a password.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use bson::Bson;
use serde::Deserialize;
use serde_json::Value;

use super::body;
use crate::{apps::App, auth::Auth, error::ApiError, functions::Caller, gateway::Gateway};

#[derive(Deserialize)]
struct Credentials {
    email: String,
    password: String,
}

#[derive(Deserialize)]
struct Email {
    email: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Token {
    token: String,
    token_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reset {
    token: String,
    token_id: String,
    password: String,
}

#[derive(Deserialize)]
struct CallReset {
    email: String,
    password: String,
    #[serde(default)]
    arguments: Vec<Value>,
}

pub(super) async fn register(
    State(gateway): State<Gateway>,
    app: Arc<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, ApiError> {
    let Credentials { email, password } = body::of(&headers, body).await?;
    gateway.auth().register(&app, &email, &password, &caller).await?;
    Ok(StatusCode::CREATED)
}

pub(super) async fn confirm(
    State(gateway): State<Gateway>,
    app: Arc<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, ApiError> {
    let Token { token, token_id } = body::of(&headers, body).await?;
    gateway.auth().confirm(&app, &token, &token_id).await?;
    Ok(StatusCode::OK)
}

pub(super) async fn send_confirmation(
    State(gateway): State<Gateway>,
    app: Arc<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, ApiError> {
    let Email { email } = body::of(&headers, body).await?;
    gateway.auth().confirm_again(&app, &email, false, &caller).await?;
    Ok(StatusCode::OK)
}

pub(super) async fn call_confirmation(
    State(gateway): State<Gateway>,
    app: Arc<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, ApiError> {
    let Email { email } = body::of(&headers, body).await?;
    gateway.auth().confirm_again(&app, &email, true, &caller).await?;
    Ok(StatusCode::OK)
}

pub(super) async fn reset(
    State(gateway): State<Gateway>,
    app: Arc<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, ApiError> {
    let Reset { token, token_id, password } = body::of(&headers, body).await?;
    gateway.auth().reset(&app, &token, &token_id, &password).await?;
    Ok(StatusCode::OK)
}

pub(super) async fn send_reset(
    app: Arc<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, ApiError> {
    let Email { email: _ } = body::of(&headers, body).await?;
    Auth::reset_by_mail(&app)?;
    Ok(StatusCode::OK)
}

pub(super) async fn call_reset(
    State(gateway): State<Gateway>,
    app: Arc<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, ApiError> {
    let CallReset { email, password, arguments } = body::of(&headers, body).await?;
    let arguments = arguments.into_iter().map(Bson::try_from).collect::<Result<_, _>>();
    let arguments =
        arguments.map_err(|error: bson::error::Error| ApiError::BadRequest(error.to_string()))?;
    gateway.auth().reset_by_function(&app, &email, &password, arguments, &caller).await?;
    Ok(StatusCode::OK)
}
