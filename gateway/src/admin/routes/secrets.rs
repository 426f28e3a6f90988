//! `/secrets`: named values that are never shown again.

use axum::extract::State;
use bson::oid::ObjectId;
use serde_json::{Value, json};

use super::{
    Answer, Caller, Created, Done, JsonBody, Object, Parameters, Refusal, Target, answer, created,
    edit, edited, text,
};
use crate::{
    apps::state::{Edit, Secret},
    error::ApiError,
    gateway::Gateway,
};

/// Most secrets of an app.
const MAX_SECRETS: usize = 500;
/// Longest value.
const MAX_VALUE_BYTES: usize = 64 * 1024;

fn summary(secret: &Secret) -> Value {
    json!({ "_id": secret.id.to_hex(), "name": secret.name })
}

fn find(edit: &Edit, parameters: &Parameters) -> Result<usize, ApiError> {
    let id = parameters.id("secretId");
    let found = edit.state.secrets.iter().position(|secret| Some(secret.id) == id);
    found.ok_or_else(|| Refusal::not_found("SecretNotFound", "secret").into())
}

fn value(body: &Object) -> Result<&str, ApiError> {
    let value = text(body, "value")?;
    if value.len() > MAX_VALUE_BYTES {
        return Err(Refusal::invalid("a secret has at most 64 KiB").into());
    }
    Ok(value)
}

pub(super) async fn list(app: Target) -> Answer {
    answer(app.state.secrets.iter().map(summary).collect::<Vec<_>>())
}

pub(super) async fn create(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    JsonBody(body): JsonBody<Object>,
) -> Created {
    let (name, value) = (text(&body, "name")?, value(&body)?);
    let id = ObjectId::new();
    let secret = edit(&gateway, &caller, &app, |edit| {
        if edit.state.secret(name).is_some() {
            let message = format!("a secret named `{name}` already exists");
            return Err(Refusal::exists("SecretAlreadyExists", message).into());
        }
        if edit.state.secrets.len() >= MAX_SECRETS {
            return Err(Refusal::invalid("an app has at most 500 secrets").into());
        }
        let secret = Secret { id, name: name.to_owned(), value: value.to_owned() };
        let shown = summary(&secret);
        edit.state.secrets.push(secret);
        Ok(shown)
    });
    created(secret.await?)
}

pub(super) async fn put(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    parameters: Parameters,
    JsonBody(body): JsonBody<Object>,
) -> Done {
    let value = value(&body)?;
    edited(&gateway, &caller, &app, |edit| {
        let place = find(edit, &parameters)?;
        let taken = |name: &str| {
            let mut others = edit.state.secrets.iter().enumerate();
            others.any(|(index, other)| index != place && other.name == name)
        };
        let name = body.get("name").and_then(Value::as_str).filter(|name| !name.is_empty());
        if let Some(name) = name.filter(|name| taken(name)) {
            let message = format!("a secret named `{name}` already exists");
            return Err(Refusal::exists("SecretAlreadyExists", message).into());
        }
        if let Some(secret) = edit.state.secrets.get_mut(place) {
            value.clone_into(&mut secret.value);
            if let Some(name) = name {
                name.clone_into(&mut secret.name);
            }
        }
        Ok(())
    })
    .await
}

pub(super) async fn delete(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    parameters: Parameters,
) -> Done {
    edited(&gateway, &caller, &app, |edit| {
        let place = find(edit, &parameters)?;
        edit.state.secrets.remove(place);
        Ok(())
    })
    .await
}
