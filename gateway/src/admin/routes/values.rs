//! `/values` and `/environment_values`.

use axum::extract::State;
use bson::oid::ObjectId;
use serde_json::{Value, json};

use super::{
    Answer, Caller, Created, Done, JsonBody, Object, Parameters, Refusal, Target, answer, created,
    edit, edited, name, with_id, without,
};
use crate::{
    apps::{AppConfig, state::AppState},
    error::ApiError,
    gateway::Gateway,
};

const ENVIRONMENTS: [&str; 5] = ["no-environment", "development", "testing", "qa", "production"];

fn file(name: &str) -> String {
    format!("values/{name}.json")
}

fn missing() -> Refusal {
    Refusal::not_found("ValueNotFound", "value")
}

/// Name of the value of this id.
fn find(config: &AppConfig, state: &AppState, id: Option<ObjectId>) -> Result<String, ApiError> {
    let found = config.values.keys().find(|name| Some(state.id_of("value", name)) == id);
    found.cloned().ok_or_else(|| missing().into())
}

/// A value as its file keeps it.
fn kept(body: &Object, name: &str) -> Object {
    let mut value = without(body, &["_id", "id"]);
    value.insert("name".to_owned(), json!(name));
    value.entry("from_secret").or_insert(json!(false));
    value
}

pub(super) async fn list(caller: Caller, app: Target) -> Answer {
    let (files, config) = app.files(caller.user_id);
    let shown = |name: &String| {
        let value = without(&files.object(&file(name)), &["id", "value"]);
        with_id(app.state.id_of("value", name), value)
    };
    answer(config.values.keys().map(shown).collect::<Vec<_>>())
}

pub(super) async fn create(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    JsonBody(body): JsonBody<Object>,
) -> Created {
    let name = name(&body, "name")?;
    let value = edit(&gateway, &caller, &app, |edit| {
        if edit.config.values.contains_key(name) {
            let message = format!("a value named `{name}` already exists");
            return Err(Refusal::exists("ValueAlreadyExists", message).into());
        }
        edit.write(&file(name), &kept(&body, name))?;
        Ok(json!({ "_id": edit.state.id_of("value", name).to_hex(), "name": name }))
    });
    created(value.await?)
}

pub(super) async fn fetch(caller: Caller, app: Target, parameters: Parameters) -> Answer {
    let (files, config) = app.files(caller.user_id);
    let name = find(config, &app.state, parameters.id("valueId"))?;
    let value = without(&files.object(&file(&name)), &["id"]);
    answer(with_id(app.state.id_of("value", &name), value))
}

pub(super) async fn put(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    parameters: Parameters,
    JsonBody(body): JsonBody<Object>,
) -> Done {
    let new = name(&body, "name")?;
    edited(&gateway, &caller, &app, |edit| {
        let old = find(&edit.config, &edit.state, parameters.id("valueId"))?;
        if new != old {
            if edit.config.values.contains_key(new) {
                let message = format!("a value named `{new}` already exists");
                return Err(Refusal::exists("ValueAlreadyExists", message).into());
            }
            edit.files.remove(&file(&old));
            edit.rename("value", &old, new);
        }
        Ok(edit.write(&file(new), &kept(&body, new))?)
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
        let name = find(&edit.config, &edit.state, parameters.id("valueId"))?;
        edit.files.remove(&file(&name));
        Ok(())
    })
    .await
}

/// Names of environment values, in order.
fn environment_names(config: &AppConfig) -> Vec<&str> {
    let mut names: Vec<&str> =
        config.environments.values().flat_map(|values| values.keys()).map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// A value with what it is in each environment.
fn environment_value(config: &AppConfig, state: &AppState, name: &str) -> Value {
    let mut values = Object::new();
    for environment in ENVIRONMENTS {
        let value = config.environments.get(environment).and_then(|values| values.get(name));
        values.insert(environment.to_owned(), value.cloned().unwrap_or(json!("")));
    }
    json!({
        "_id": state.id_of("environment_value", name).to_hex(),
        "name": name,
        "values": values,
    })
}

fn find_environment_value<'a>(
    config: &'a AppConfig,
    state: &AppState,
    id: Option<ObjectId>,
) -> Result<&'a str, ApiError> {
    let mut names = environment_names(config).into_iter();
    let found = names.find(|name| Some(state.id_of("environment_value", name)) == id);
    found.ok_or_else(|| missing().into())
}

/// Writes a value into the files of all environments; none takes it out of them.
fn write_environments(
    edit: &mut crate::apps::state::Edit,
    name: &str,
    values: Option<&Object>,
) -> Result<(), ApiError> {
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

pub(super) async fn list_environment(caller: Caller, app: Target) -> Answer {
    let (_, config) = app.files(caller.user_id);
    let names = environment_names(config);
    let values = names.into_iter().map(|name| environment_value(config, &app.state, name));
    answer(values.collect::<Vec<_>>())
}

pub(super) async fn create_environment(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    JsonBody(body): JsonBody<Object>,
) -> Created {
    let (name, values) = (name(&body, "name")?, values(&body)?);
    let value = edit(&gateway, &caller, &app, |edit| {
        if environment_names(&edit.config).contains(&name) {
            let message = format!("an environment value named `{name}` already exists");
            return Err(Refusal::exists("ValueAlreadyExists", message).into());
        }
        write_environments(edit, name, Some(values))?;
        let id = edit.state.id_of("environment_value", name).to_hex();
        Ok(json!({ "_id": id, "name": name, "values": values }))
    });
    created(value.await?)
}

pub(super) async fn fetch_environment(
    caller: Caller,
    app: Target,
    parameters: Parameters,
) -> Answer {
    let (_, config) = app.files(caller.user_id);
    let id = parameters.id("environmentValueId");
    let name = find_environment_value(config, &app.state, id)?;
    answer(environment_value(config, &app.state, name))
}

pub(super) async fn put_environment(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    parameters: Parameters,
    JsonBody(body): JsonBody<Object>,
) -> Done {
    let values = values(&body)?;
    edited(&gateway, &caller, &app, |edit| {
        let id = parameters.id("environmentValueId");
        let name = find_environment_value(&edit.config, &edit.state, id)?.to_owned();
        write_environments(edit, &name, Some(values))
    })
    .await
}

pub(super) async fn delete_environment(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    parameters: Parameters,
) -> Done {
    edited(&gateway, &caller, &app, |edit| {
        let id = parameters.id("environmentValueId");
        let name = find_environment_value(&edit.config, &edit.state, id)?.to_owned();
        write_environments(edit, &name, None)
    })
    .await
}
