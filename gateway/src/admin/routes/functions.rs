//! `/functions`.

use axum::extract::State;
use bson::oid::ObjectId;
use serde_json::{Value, json};

use super::{
    Answer, Caller, Created, Done, JsonBody, Object, Parameters, Refusal, Target, answer, created,
    edit, edited, named, text, with_id, without,
};
use crate::{
    apps::{
        AppConfig,
        state::{AppState, Edit, EditError},
    },
    error::ApiError,
    gateway::Gateway,
};

const FILE: &str = "functions/config.json";
const KIND: &str = "function";

fn source_file(name: &str) -> String {
    format!("functions/{name}.js")
}

fn find(config: &AppConfig, state: &AppState, id: Option<ObjectId>) -> Result<String, ApiError> {
    let names = config.functions.iter().map(|function| function.name.as_str());
    let found = named(state, KIND, names, id).map(str::to_owned);
    found.ok_or_else(|| Refusal::not_found("FunctionNotFound", "function").into())
}

fn is_named(entry: &Value, name: &str) -> bool {
    entry.get("name").and_then(Value::as_str) == Some(name)
}

/// Writes the entry and the source of a function in the place of those that bear `old`.
fn write(edit: &mut Edit, old: Option<&str>, name: &str, body: &Object) -> Result<(), ApiError> {
    let source = text(body, "source")?;
    let mut functions = edit.files.list(FILE);
    let place = functions.iter().position(|entry| old.is_some_and(|old| is_named(entry, old)));
    let mut entry = without(body, &["_id", "source", "last_modified", "transpiled_source"]);
    entry.entry("private").or_insert(json!(false));
    match place.and_then(|place| functions.get_mut(place)) {
        Some(there) => *there = Value::Object(entry),
        None => functions.push(Value::Object(entry)),
    }
    if let Some(old) = old.filter(|old| *old != name) {
        edit.files.remove(&source_file(old));
        edit.rename(KIND, old, name);
    }
    edit.files.insert(&source_file(name), source.as_bytes().to_vec()).map_err(EditError::from)?;
    Ok(edit.write(FILE, &functions)?)
}

/// A name must be free.
fn check_free(edit: &Edit, name: &str) -> Result<(), ApiError> {
    if edit.config.function(name).is_none() {
        return Ok(());
    }
    let message = format!("a function named `{name}` already exists");
    Err(Refusal::exists("FunctionAlreadyExists", message).into())
}

pub(super) async fn list(caller: Caller, app: Target) -> Answer {
    let (_, config) = app.files(caller.user_id);
    let modified = app.state.modified_at.timestamp_millis() / 1000;
    let summary = |function: &crate::apps::Function| {
        json!({
            "_id": app.state.id_of(KIND, &function.name).to_hex(),
            "name": function.name,
            "last_modified": modified,
        })
    };
    answer(config.functions.iter().map(summary).collect::<Vec<_>>())
}

pub(super) async fn create(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    JsonBody(body): JsonBody<Object>,
) -> Created {
    let name = text(&body, "name")?;
    let function = edit(&gateway, &caller, &app, |edit| {
        check_free(edit, name)?;
        write(edit, None, name, &body)?;
        Ok(json!({ "_id": edit.state.id_of(KIND, name).to_hex(), "name": name }))
    });
    created(function.await?)
}

pub(super) async fn fetch(caller: Caller, app: Target, parameters: Parameters) -> Answer {
    let (files, config) = app.files(caller.user_id);
    let name = find(config, &app.state, parameters.id("functionId"))?;
    let entry = files.list(FILE).into_iter().find(|entry| is_named(entry, &name));
    let mut function = entry.and_then(|entry| entry.as_object().cloned()).unwrap_or_default();
    let source = config.function(&name).map(|function| function.source.clone());
    function.insert("source".to_owned(), json!(source));
    answer(with_id(app.state.id_of(KIND, &name), function))
}

pub(super) async fn put(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    parameters: Parameters,
    JsonBody(body): JsonBody<Object>,
) -> Done {
    let new = text(&body, "name")?;
    edited(&gateway, &caller, &app, |edit| {
        let old = find(&edit.config, &edit.state, parameters.id("functionId"))?;
        if new != old {
            check_free(edit, new)?;
        }
        write(edit, Some(&old), new, &body)
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
        let name = find(&edit.config, &edit.state, parameters.id("functionId"))?;
        let mut functions = edit.files.list(FILE);
        functions.retain(|entry| !is_named(entry, &name));
        edit.files.remove(&source_file(&name));
        Ok(edit.write(FILE, &functions)?)
    })
    .await
}
