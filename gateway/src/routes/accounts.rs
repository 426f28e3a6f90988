//! `POST …/app/{app}/auth/providers/local-userpass/…`: accounts with a password.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode};
use bson::Bson;
use serde::Deserialize;
use serde_json::Value;

use super::body::Short;
use crate::{apps::App, auth::Auth, error::ApiError, functions::Caller, gateway::Gateway};

/// Nothing, and so no content type, or why not.
type Done = Result<StatusCode, ApiError>;

#[derive(Deserialize)]
pub(super) struct Credentials {
    email: String,
    password: String,
}

#[derive(Deserialize)]
pub(super) struct Email {
    email: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Token {
    token: String,
    token_id: String,
}

#[derive(Deserialize)]
pub(super) struct Reset {
    #[serde(flatten)]
    token: Token,
    password: String,
}

#[derive(Deserialize)]
pub(super) struct CallReset {
    #[serde(flatten)]
    credentials: Credentials,
    #[serde(default)]
    arguments: Vec<Value>,
}

pub(super) async fn register(
    State(gateway): State<Gateway>,
    app: Arc<App>,
    caller: Caller,
    Short(Credentials { email, password }): Short<Credentials>,
) -> Done {
    gateway.auth().register(&app, &email, &password, &caller).await?;
    Ok(StatusCode::CREATED)
}

pub(super) async fn confirm(
    State(gateway): State<Gateway>,
    app: Arc<App>,
    Short(Token { token, token_id }): Short<Token>,
) -> Done {
    gateway.auth().confirm(&app, &token, &token_id).await?;
    Ok(StatusCode::OK)
}

pub(super) async fn send_confirmation(
    State(gateway): State<Gateway>,
    app: Arc<App>,
    caller: Caller,
    Short(Email { email }): Short<Email>,
) -> Done {
    gateway.auth().confirm_again(&app, &email, false, &caller).await?;
    Ok(StatusCode::OK)
}

pub(super) async fn call_confirmation(
    State(gateway): State<Gateway>,
    app: Arc<App>,
    caller: Caller,
    Short(Email { email }): Short<Email>,
) -> Done {
    gateway.auth().confirm_again(&app, &email, true, &caller).await?;
    Ok(StatusCode::OK)
}

pub(super) async fn reset(
    State(gateway): State<Gateway>,
    app: Arc<App>,
    Short(Reset { token: Token { token, token_id }, password }): Short<Reset>,
) -> Done {
    gateway.auth().reset(&app, &token, &token_id, &password).await?;
    Ok(StatusCode::OK)
}

pub(super) async fn send_reset(app: Arc<App>, Short(Email { email: _ }): Short<Email>) -> Done {
    Auth::reset_by_mail(&app)?;
    Ok(StatusCode::OK)
}

pub(super) async fn call_reset(
    State(gateway): State<Gateway>,
    app: Arc<App>,
    caller: Caller,
    Short(CallReset { credentials: Credentials { email, password }, arguments }): Short<CallReset>,
) -> Done {
    let arguments = arguments.into_iter().map(Bson::try_from).collect::<Result<_, _>>();
    let arguments =
        arguments.map_err(|error: bson::error::Error| ApiError::BadRequest(error.to_string()))?;
    gateway.auth().reset_by_function(&app, &email, &password, arguments, &caller).await?;
    Ok(StatusCode::OK)
}
