//! `/groups/{groupId}/apps`.

use axum::extract::State;
use bson::oid::ObjectId;
use serde_json::{Value, json};

use super::{
    Answer, Caller, Created, Done, JsonBody, Object, Parameters, Refusal, Target, answer, created,
    edit, name,
};
use crate::{
    apps::{
        AppFiles, Configured,
        state::{AppState, EditError},
    },
    error::ApiError,
    gateway::Gateway,
};

/// Longest name of an app.
const MAX_NAME: usize = 32;
/// How often another client app id is tried.
const TRIES: usize = 8;
const ROOT: &str = "root_config.json";

fn instance(app: &Configured) -> Value {
    let settings = &app.app.config.settings;
    let or = |text: &str, default: &str| {
        if text.is_empty() { default.to_owned() } else { text.to_owned() }
    };
    let modified = app.state.modified_at.timestamp_millis() / 1000;
    json!({
        "_id": app.state.id.to_hex(),
        "client_app_id": app.state.client_app_id,
        "name": settings.name,
        "domain_id": app.state.domain_id.to_hex(),
        "group_id": app.state.group_id.to_hex(),
        "location": or(&settings.location, "US-VA"),
        "provider_region": or(&settings.provider_region, "aws-us-east-1"),
        "deployment_model": or(&settings.deployment_model, "LOCAL"),
        "environment": settings.environment,
        "last_used": modified,
        "last_modified": modified,
        "product": "standard",
    })
}

/// Clients ask once per product; an app is in the list whichever they name.
pub(super) async fn list(State(gateway): State<Gateway>, parameters: Parameters) -> Answer {
    let group = parameters.id("groupId");
    let apps = gateway.apps().all();
    let apps = apps.iter().filter(|app| Some(app.state.group_id) == group);
    answer(apps.map(|app| instance(app)).collect::<Vec<_>>())
}

pub(super) async fn create(
    State(gateway): State<Gateway>,
    caller: Caller,
    parameters: Parameters,
    JsonBody(body): JsonBody<Object>,
) -> Created {
    let name = name(&body, "name")?;
    let fits = name.len() <= MAX_NAME
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if !fits {
        let message = "name must begin with a letter and have up to 32 letters, digits, `-` or `_`";
        return Err(Refusal::invalid(message).into());
    }
    let group = parameters.id("groupId").ok_or(Refusal::not_found("GroupNotFound", "group"))?;
    let files = initial_files(name, &body)?;
    for _ in 0..TRIES {
        let client_app_id = format!("{}-{}", name.to_lowercase(), random_letters()?);
        if gateway.apps().is_configured(&client_app_id) {
            continue;
        }
        let state = AppState::first(ObjectId::new(), &client_app_id, ObjectId::new(), group);
        if let Some(app) = gateway.apps().create(state, files.clone()).await? {
            tracing::info!(app = client_app_id, admin = caller.name, "app created");
            return created(instance(&app));
        }
    }
    Err(EditError::Conflict.into())
}

/// What a new app has: its settings, and server and user API keys switched off.
fn initial_files(name: &str, body: &Object) -> Result<AppFiles, ApiError> {
    let or = |key: &str, default: &str| {
        let given = body.get(key).filter(|value| value.is_string());
        given.cloned().unwrap_or_else(|| json!(default))
    };
    let root = json!({
        "name": name,
        "deployment_model": or("deployment_model", "LOCAL"),
        "location": or("location", "US-VA"),
        "provider_region": or("provider_region", "aws-us-east-1"),
        "environment": or("environment", ""),
        "allowed_request_origins": [],
    });
    let providers =
        json!({ "api-key": { "name": "api-key", "type": "api-key", "disabled": true } });
    let mut files = AppFiles::default();
    for (path, value) in [(ROOT, root), ("auth/providers.json", providers)] {
        let bytes = serde_json::to_vec_pretty(&value);
        let bytes = bytes.map_err(|error| ApiError::BadRequest(error.to_string()))?;
        files.insert(path, bytes).map_err(EditError::from)?;
    }
    Ok(files)
}

fn random_letters() -> Result<String, ApiError> {
    let mut bytes = [0; 7];
    getrandom::fill(&mut bytes).map_err(crate::auth::AuthError::from)?;
    Ok(bytes.iter().map(|byte| char::from(b'a' + byte % 26)).collect())
}

pub(super) async fn fetch(app: Target) -> Answer {
    answer(instance(&app))
}

pub(super) async fn delete(State(gateway): State<Gateway>, caller: Caller, app: Target) -> Done {
    gateway.apps().delete(app.state.id).await?;
    tracing::info!(app = app.state.client_app_id, admin = caller.name, "app deleted");
    Ok(axum::http::StatusCode::NO_CONTENT)
}

pub(super) async fn set_environment(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    JsonBody(body): JsonBody<Object>,
) -> Answer {
    let environment = body.get("environment").filter(|value| value.is_string());
    let environment = environment.ok_or(Refusal::lacks("environment"))?;
    edit(&gateway, &caller, &app, |edit| {
        let file = edit.config.identity.layout.root_file();
        let mut root = edit.files.object(file);
        root.insert("environment".to_owned(), environment.clone());
        Ok(edit.write(file, &root)?)
    })
    .await?;
    let app = gateway.apps().get(app.state.id).ok_or(EditError::NoApp)?;
    answer(instance(&app))
}

/// Where App Services runs apps. A gateway runs where its host put it; clients want a list.
pub(super) async fn provider_regions() -> Answer {
    answer(json!([{
        "id": "aws-us-east-1",
        "name": "Virginia (us-east-1)",
        "cloud_provider": "aws",
        "country": "US",
        "deployment_models": ["LOCAL"],
    }]))
}
