//! `/auth`: administrators log in and out.

use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::{Answer, Caller, Created, Done, JsonBody, Parameters, Refusal, answer};
use crate::{apps::default_group_id, functions, gateway::Gateway, routes::Bearer};

/// A programmatic key has `apiKey`, a user `password`.
#[derive(Deserialize)]
pub(super) struct Credentials {
    #[serde(default)]
    username: String,
    #[serde(rename = "apiKey")]
    api_key: Option<String>,
    password: Option<String>,
}

const PROVIDERS: [&str; 2] = ["mongodb-cloud", "local-userpass"];

pub(super) async fn providers() -> Answer {
    let provider = |name: &&str| json!({ "name": name, "type": name, "disabled": false });
    answer(PROVIDERS.iter().map(provider).collect::<Vec<_>>())
}

pub(super) async fn log_in(
    State(gateway): State<Gateway>,
    parameters: Parameters,
    client: functions::Caller,
    JsonBody(credentials): JsonBody<Credentials>,
) -> Answer {
    let secret = match parameters.text("provider") {
        "mongodb-cloud" => credentials.api_key,
        "local-userpass" => credentials.password,
        _ => return Err(Refusal::not_found("AuthProviderNotFound", "auth provider").into()),
    };
    let secret = secret.unwrap_or_default();
    let admins = gateway.admins();
    let login = admins.log_in(&credentials.username, &secret, client.address).await?;
    tracing::info!(admin = credentials.username, "administrator logged in");
    answer(json!({
        "access_token": login.access_token,
        "refresh_token": login.refresh_token,
        "user_id": login.user_id.to_hex(),
        "device_id": "000000000000000000000000",
    }))
}

pub(super) async fn profile(State(gateway): State<Gateway>, caller: Caller) -> Answer {
    let mut groups = vec![default_group_id()];
    groups.extend(gateway.apps().all().iter().map(|app| app.state.group_id));
    groups.sort_unstable();
    groups.dedup();
    // Clients look at the first: the one that apps are in, if any is in one.
    if let Some(first) = gateway.apps().all().first() {
        groups.retain(|group| *group != first.state.group_id);
        groups.insert(0, first.state.group_id);
    }
    let role = |group: &bson::oid::ObjectId| json!({ "role_name": "GROUP_OWNER", "group_id": group.to_hex() });
    answer(json!({
        "user_id": caller.user_id.to_hex(),
        "domain_id": "000000000000000000000000",
        "identities": [{
            "id": caller.name,
            "provider_type": "mongodb-cloud",
            "provider_id": "000000000000000000000000",
        }],
        "data": { "name": caller.name },
        "type": "normal",
        "roles": groups.iter().map(role).collect::<Vec<_>>(),
    }))
}

/// Needs the refresh token.
pub(super) async fn refresh(State(gateway): State<Gateway>, Bearer(token): Bearer) -> Created {
    let access_token = gateway.admins().refresh(&token).await?;
    Ok((StatusCode::CREATED, Json(json!({ "access_token": access_token }))))
}

/// Needs the refresh token.
pub(super) async fn log_out(State(gateway): State<Gateway>, Bearer(token): Bearer) -> Done {
    gateway.admins().log_out(&token).await?;
    Ok(StatusCode::NO_CONTENT)
}
