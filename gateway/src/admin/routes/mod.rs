//! What the Admin API answers, one file per kind of thing.

mod access_list;
mod api_keys;
mod apps;
mod commands;
mod debug;
mod deployments;
mod environment_values;
mod functions;
mod kept;
mod logs;
mod metrics;
mod providers;
mod registrations;
mod rules;
mod schemas;
mod secrets;
mod services;
mod session;
mod settings;
mod sync;
mod table;
mod transfer;
mod users;

use axum::{Json, http::StatusCode};
use bson::oid::ObjectId;
use serde_json::{Map, Value, json};

pub(crate) use self::table::router;
pub(super) use self::table::{ADMIN, Access, Route, table};
use super::{
    account::Caller,
    guard::{AppBody, Asked, JsonBody, Parameters, Target},
    refusal::Refusal,
};
use crate::{
    apps::state::{AppState, Edit},
    error::ApiError,
    gateway::Gateway,
};

/// JSON, or why not.
type Answer = Result<Json<Value>, ApiError>;
/// JSON of something new.
type Created = Result<(StatusCode, Json<Value>), ApiError>;
/// Nothing, and so no content type, or why not.
type Done = Result<StatusCode, ApiError>;
/// An object of JSON.
type Object = Map<String, Value>;

#[expect(clippy::unnecessary_wraps, reason = "what handlers answer")]
fn answer(value: impl Into<Value>) -> Answer {
    Ok(Json(value.into()))
}

#[expect(clippy::unnecessary_wraps, reason = "what handlers answer")]
fn created(value: Value) -> Created {
    Ok((StatusCode::CREATED, Json(value)))
}

/// Changes an app in the name of whoever asks.
async fn edit<T>(
    gateway: &Gateway,
    caller: &Caller,
    app: &Target,
    change: impl Fn(&mut Edit) -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    let answer = gateway.apps().edit(app.state.id, caller.user_id, change).await?;
    tracing::info!(app = app.state.client_app_id, admin = caller.name, "app changed");
    Ok(answer)
}

/// The same, where there is nothing to answer.
async fn edited(
    gateway: &Gateway,
    caller: &Caller,
    app: &Target,
    change: impl Fn(&mut Edit) -> Result<(), ApiError>,
) -> Done {
    edit(gateway, caller, app, change).await.map(|()| StatusCode::NO_CONTENT)
}

/// A string that must be there and hold something.
fn text<'a>(body: &'a Object, key: &str) -> Result<&'a str, ApiError> {
    let found = body.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    found.ok_or_else(|| Refusal::lacks(key).into())
}

/// A name that becomes a part of a path.
fn name<'a>(body: &'a Object, key: &str) -> Result<&'a str, ApiError> {
    let name = text(body, key)?;
    let fits = name.len() <= 100
        && !name.starts_with('.')
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' '));
    if fits {
        Ok(name)
    } else {
        let message = format!("`{name}` is no name; use letters, digits, `-`, `_` and `.`");
        Err(Refusal::invalid(message).into())
    }
}

/// The name of the thing of this kind that an id stands for.
fn named<'a>(
    state: &AppState,
    kind: &str,
    names: impl IntoIterator<Item = &'a str>,
    id: Option<ObjectId>,
) -> Option<&'a str> {
    names.into_iter().find(|name| Some(state.id_of(kind, name)) == id)
}

/// Names of the functions of an app that is changed.
fn function_names(edit: &Edit) -> impl Iterator<Item = &str> {
    edit.config.functions.iter().map(|function| function.name.as_str())
}

/// Puts the name of what an id stands for in the place of the id.
fn name_of<'a>(
    edit: &Edit,
    data: &mut Object,
    kind: &str,
    (id, name): (&str, &str),
    names: impl Iterator<Item = &'a str>,
) {
    let Some(id) = data.remove(id) else { return };
    let id = id.as_str().and_then(|id| ObjectId::parse_str(id).ok());
    if let Some(found) = named(&edit.state, kind, names, id) {
        data.insert(name.to_owned(), json!(found));
    }
}

/// Puts the keys of `from` into `into`; objects are merged one level deep.
fn merge(into: &mut Object, from: &Object) {
    for (key, value) in from {
        match (into.get_mut(key), value) {
            (Some(Value::Object(old)), Value::Object(new)) => {
                old.extend(new.iter().map(|(key, value)| (key.clone(), value.clone())));
            }
            _ => drop(into.insert(key.clone(), value.clone())),
        }
    }
}

/// The same without keys that only the Admin API has.
fn without(body: &Object, keys: &[&str]) -> Object {
    let kept = body.iter().filter(|(key, _)| !keys.contains(&key.as_str()));
    kept.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// An object with an id in front of it.
fn with_id(id: ObjectId, mut object: Object) -> Value {
    object.insert("_id".to_owned(), json!(id.to_hex()));
    Value::Object(object)
}
