//! `/schemas`. A schema may be there before its data source is.
//!
//! App Services left time-series collections to whoever created them. A gateway creates them itself,
//! so a schema here has one thing more: `time_series`, which `PUT …/time_series` sets. And it knows every
//! version of a class that programs in the field may write: `/schema_lock` adds to them.

use asymmetric_schema::{Lock, TimeSeries};
use axum::extract::State;
use bson::oid::ObjectId;
use serde_json::{Value, json};

use super::{
    Answer, Caller, Done, JsonBody, Object, Parameters, Refusal, Target, answer, edit, edited,
    name, text,
};
use crate::{
    apps::{
        AppConfig, AppFiles, Collection,
        state::{AppState, Edit, EditError},
    },
    error::ApiError,
    gateway::Gateway,
};

const KIND: &str = "schema";

/// Files that go where a schema goes.
const FILES: [&str; 3] = ["schema.json", "relationships.json", TIME_SERIES];
const TIME_SERIES: &str = "time_series.json";
const LOCK: &str = "schema.lock";

/// Where a schema is: data source, database, collection.
fn place(collection: &Collection) -> String {
    format!("{}/{}/{}", collection.data_source, collection.database, collection.name)
}

fn find<'a>(
    config: &'a AppConfig,
    state: &AppState,
    id: Option<ObjectId>,
) -> Result<&'a Collection, ApiError> {
    let found = config
        .collections
        .iter()
        .filter(|collection| collection.schema.is_some())
        .find(|collection| Some(state.id_of(KIND, &place(collection))) == id);
    found.ok_or_else(|| Refusal::not_found("SchemaNotFound", "schema").into())
}

fn metadata(collection: &Collection) -> Value {
    json!({
        "data_source": collection.data_source,
        "database": collection.database,
        "collection": collection.name,
    })
}

fn summary(state: &AppState, collection: &Collection) -> Value {
    let id = state.id_of(KIND, &place(collection)).to_hex();
    json!({ "_id": id, "metadata": metadata(collection) })
}

pub(super) async fn list(caller: Caller, app: Target) -> Answer {
    let (_, config) = app.files(caller.user_id);
    let schemas = config.collections.iter().filter(|collection| collection.schema.is_some());
    answer(schemas.map(|schema| summary(&app.state, schema)).collect::<Vec<_>>())
}

/// The collection that the metadata of a body names.
fn named(body: &Object) -> Result<Collection, ApiError> {
    let empty = Object::new();
    let metadata = body.get("metadata").and_then(Value::as_object).unwrap_or(&empty);
    let mut collection = Collection::default();
    name(metadata, "data_source")?.clone_into(&mut collection.data_source);
    name(metadata, "database")?.clone_into(&mut collection.database);
    name(metadata, "collection")?.clone_into(&mut collection.name);
    Ok(collection)
}

fn write(edit: &mut Edit, collection: &Collection, body: &Object) -> Result<(), ApiError> {
    let schema = body.get("schema").filter(|schema| schema.is_object());
    let schema = schema.ok_or(Refusal::lacks("schema"))?;
    let folder = collection.folder();
    let relationships = body.get("relationships").filter(|value| value.is_object()).cloned();
    edit.write(&format!("{folder}schema.json"), schema)?;
    // Beside a schema there is always this file, be it empty.
    let path = format!("{folder}relationships.json");
    Ok(edit.write(&path, &relationships.unwrap_or_else(|| json!({})))?)
}

pub(super) async fn create(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    JsonBody(body): JsonBody<Object>,
) -> Answer {
    let collection = named(&body)?;
    let schema = edit(&gateway, &caller, &app, |edit| {
        if edit.files.get(&format!("{}schema.json", collection.folder())).is_some() {
            let message = format!("a schema for `{}` already exists", place(&collection));
            return Err(Refusal::exists("SchemaAlreadyExists", message).into());
        }
        write(edit, &collection, &body)?;
        Ok(summary(&edit.state, &collection))
    });
    answer(schema.await?)
}

pub(super) async fn fetch(caller: Caller, app: Target, parameters: Parameters) -> Answer {
    let (_, config) = app.files(caller.user_id);
    let collection = find(config, &app.state, parameters.id("schemaId"))?;
    answer(json!({
        "_id": app.state.id_of(KIND, &place(collection)).to_hex(),
        "metadata": metadata(collection),
        "schema": collection.schema,
        "relationships": collection.relationships.clone().unwrap_or_else(|| json!({})),
        "time_series": collection.time_series.as_ref().map(TimeSeries::to_json),
    }))
}

pub(super) async fn put(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    parameters: Parameters,
    JsonBody(body): JsonBody<Object>,
) -> Done {
    edited(&gateway, &caller, &app, |edit| {
        let old = find(&edit.config, &edit.state, parameters.id("schemaId"))?.clone();
        let new = if body.contains_key("metadata") { named(&body)? } else { old.clone() };
        if place(&new) != place(&old) {
            for file in FILES {
                edit.files.remove(&format!("{}{file}", old.folder()));
            }
            if let Some(options) = &old.time_series {
                edit.write(&format!("{}{TIME_SERIES}", new.folder()), &options.to_json())?;
            }
            edit.rename(KIND, &place(&old), &place(&new));
        }
        write(edit, &new, &body)
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
        let folder = find(&edit.config, &edit.state, parameters.id("schemaId"))?.folder();
        for file in FILES {
            edit.files.remove(&format!("{folder}{file}"));
        }
        Ok(())
    })
    .await
}

/// Makes the collection of a schema a time series. One that is there already stays what it is.
pub(super) async fn put_time_series(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    parameters: Parameters,
    JsonBody(body): JsonBody<Value>,
) -> Done {
    let options = TimeSeries::from_json(body);
    let options = options.map_err(|error| Refusal::invalid(error.to_string()))?;
    edited(&gateway, &caller, &app, |edit| {
        let folder = find(&edit.config, &edit.state, parameters.id("schemaId"))?.folder();
        Ok(edit.write(&format!("{folder}{TIME_SERIES}"), &options.to_json())?)
    })
    .await
}

pub(super) async fn delete_time_series(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    parameters: Parameters,
) -> Done {
    edited(&gateway, &caller, &app, |edit| {
        let folder = find(&edit.config, &edit.state, parameters.id("schemaId"))?.folder();
        edit.files.remove(&format!("{folder}{TIME_SERIES}"));
        Ok(())
    })
    .await
}

/// The lock among the files of an app; empty if there is none. What is served has a good one.
fn lock_of(files: &AppFiles) -> Lock {
    let text = files.get(LOCK).and_then(|bytes| std::str::from_utf8(bytes).ok());
    text.and_then(|text| text.parse().ok()).unwrap_or_default()
}

pub(super) async fn fetch_lock(caller: Caller, app: Target) -> Answer {
    let (files, _) = app.files(caller.user_id);
    answer(json!({ "lock": lock_of(files).to_string() }))
}

/// Adds what a lock accepted to what is known already: programs of several packages may write to one
/// app, and nothing that was ever shipped is forgotten.
pub(super) async fn put_lock(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    JsonBody(body): JsonBody<Object>,
) -> Done {
    let lock = text(&body, "lock")?.parse::<Lock>();
    let lock = lock.map_err(|error| Refusal::invalid(error.to_string()))?;
    edited(&gateway, &caller, &app, |edit| {
        let mut known = lock_of(&edit.files);
        if known.merge(lock.clone()) > 0 {
            edit.files.insert(LOCK, known.to_string()).map_err(EditError::from)?;
        }
        Ok(())
    })
    .await
}
