//! `/environment_values`: values that differ by environment.

use axum::extract::State;
use bson::oid::ObjectId;
use serde_json::{Value, json};

use super::{
    Answer, Caller, Created, Done, JsonBody, Object, Parameters, Refusal, Target, answer, created,
    edit, edited, name, named,
};
use crate::{
    apps::{
        AppConfig,
        state::{AppState, Edit},
    },
    error::ApiError,
    gateway::Gateway,
};

const KIND: &str = "environment_value";
const ENVIRONMENTS: [&str; 5] = ["no-environment", "development", "testing", "qa", "production"];

/// Names of environment values, in order.
fn names(config: &AppConfig) -> Vec<&str> {
    let mut names: Vec<&str> =
        config.environments.values().flat_map(|values| values.keys()).map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// A value with what it is in each environment.
fn shown(config: &AppConfig, state: &AppState, name: &str) -> Value {
    let mut values = Object::new();
    for environment in ENVIRONMENTS {
        let value = config.environments.get(environment).and_then(|values| values.get(name));
        values.insert(environment.to_owned(), value.cloned().unwrap_or(json!("")));
    }
    json!({
        "_id": state.id_of(KIND, name).to_hex(),
        "name": name,
        "values": values,
    })
}

fn find<'a>(
    config: &'a AppConfig,
    state: &AppState,
    id: Option<ObjectId>,
) -> Result<&'a str, ApiError> {
    let found = named(state, KIND, names(config), id);
    found.ok_or_else(|| Refusal::not_found("ValueNotFound", "value").into())
}

/// Writes a value into the files of all environments; none takes it out of them.
fn write(edit: &mut Edit, name: &str, values: Option<&Object>) -> Result<(), ApiError> {
    for environment in ENVIRONMENTS {
        let path = format!("environments/{environment}.json");
        let mut file = edit.files.object(&path);
        let entry = file.entry("values").or_insert(json!({}));
        let Some(all) = entry.as_object_mut() else { continue };
        match values {
            Some(values) => {
                let value = values.get(environment).cloned().unwrap_or(json!(""));
                all.insert(name.to_owned(), value);
            }
            None => drop(all.remove(name)),
        }
        edit.write(&path, &file)?;
    }
    Ok(())
}

fn values(body: &Object) -> Result<&Object, ApiError> {
    let values = body.get("values").and_then(Value::as_object);
    values.ok_or_else(|| Refusal::lacks("values").into())
}

pub(super) async fn list(caller: Caller, app: Target) -> Answer {
    let (_, config) = app.files(caller.user_id);
    let names = names(config);
    let values = names.into_iter().map(|name| shown(config, &app.state, name));
    answer(values.collect::<Vec<_>>())
}

pub(super) async fn create(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    JsonBody(body): JsonBody<Object>,
) -> Created {
    let (name, values) = (name(&body, "name")?, values(&body)?);
    let value = edit(&gateway, &caller, &app, |edit| {
        if names(&edit.config).contains(&name) {
            let message = format!("an environment value named `{name}` already exists");
            return Err(Refusal::exists("ValueAlreadyExists", message).into());
        }
        write(edit, name, Some(values))?;
        let id = edit.state.id_of(KIND, name).to_hex();
        Ok(json!({ "_id": id, "name": name, "values": values }))
    });
    created(value.await?)
}

pub(super) async fn fetch(caller: Caller, app: Target, parameters: Parameters) -> Answer {
    let (_, config) = app.files(caller.user_id);
    let id = parameters.id("environmentValueId");
    let name = find(config, &app.state, id)?;
    answer(shown(config, &app.state, name))
}

pub(super) async fn put(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    parameters: Parameters,
    JsonBody(body): JsonBody<Object>,
) -> Done {
    let values = values(&body)?;
    edited(&gateway, &caller, &app, |edit| {
        let id = parameters.id("environmentValueId");
        let name = find(&edit.config, &edit.state, id)?.to_owned();
        write(edit, &name, Some(values))
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
        let id = parameters.id("environmentValueId");
        let name = find(&edit.config, &edit.state, id)?.to_owned();
        write(edit, &name, None)
    })
    .await
}
