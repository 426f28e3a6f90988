//! `/services`: linked clusters. Their configuration has Device Sync inside.

use axum::extract::State;
use bson::oid::ObjectId;
use serde_json::{Value, json};

use super::{
    Answer, Asked, Caller, Created, Done, JsonBody, Object, Parameters, Refusal, Target, answer,
    created, edit, edited, merge, name, rules, sync, text, without,
};
use crate::{
    apps::{
        AppFiles, DataSource,
        state::{AppState, Edit},
    },
    error::ApiError,
    gateway::Gateway,
};

/// Most data sources in one request.
const MAX_AT_ONCE: usize = 25;

pub(super) fn config_file(service: &str) -> String {
    format!("data_sources/{service}/config.json")
}

/// Name of the service of this id.
pub(super) fn find(
    sources: &[DataSource],
    state: &AppState,
    id: Option<ObjectId>,
) -> Result<String, ApiError> {
    let names = sources.iter().map(|source| source.name.as_str());
    let found = super::named(state, "service", names, id).map(str::to_owned);
    found.ok_or_else(|| Refusal::not_found("ServiceNotFound", "service").into())
}

/// Name of the service that a path names.
pub(super) fn named(edit: &Edit, parameters: &Parameters) -> Result<String, ApiError> {
    find(&edit.config.data_sources, &edit.state, parameters.id("serviceId"))
}

fn summary(state: &AppState, files: &AppFiles, service: &str) -> Value {
    let file = files.object(&config_file(service));
    json!({
        "_id": state.id_of("service", service).to_hex(),
        "name": service,
        "type": file.get("type"),
        "version": file.get("version").cloned().unwrap_or(json!(1)),
        "last_modified": state.modified_at.timestamp_millis() / 1000,
    })
}

pub(super) async fn list(caller: Caller, app: Target) -> Answer {
    let (files, config) = app.files(caller.user_id);
    let sources = config.data_sources.iter();
    answer(sources.map(|source| summary(&app.state, files, &source.name)).collect::<Vec<_>>())
}

fn add(edit: &mut Edit, body: &Object) -> Result<Value, ApiError> {
    let service = name(body, "name")?;
    text(body, "type")?;
    let file = config_file(service);
    if edit.files.get(&file).is_some() {
        let message = format!("a service named `{service}` already exists");
        return Err(Refusal::exists("ServiceAlreadyExists", message).into());
    }
    let mut content = without(body, &["_id", "rules", "default_rule"]);
    content.entry("version").or_insert(json!(1));
    let flexible = split_sync(&mut content)?;
    edit.write(&file, &content)?;
    if let Some(flexible) = flexible {
        sync::patch(edit, service, &flexible, true)?;
    }
    if let Some(Value::Object(rule)) = body.get("default_rule") {
        edit.write(&rules::default_file(service), &without(rule, &["_id"]))?;
    }
    for rule in body.get("rules").and_then(Value::as_array).into_iter().flatten() {
        rules::add(edit, service, rule.as_object().ok_or(Refusal::lacks("database"))?)?;
    }
    Ok(summary(&edit.state, &edit.files, service))
}

/// Takes Device Sync out of the configuration of a service.
fn split_sync(content: &mut Object) -> Result<Option<Object>, ApiError> {
    let Some(Value::Object(config)) = content.get_mut("config") else { return Ok(None) };
    if config.remove("sync").is_some_and(|sync| !sync.is_null()) {
        let message = "partition-based sync is not served; use `flexible_sync`";
        return Err(Refusal::invalid(message).into());
    }
    match config.remove("flexible_sync") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(flexible)) => Ok(Some(flexible)),
        Some(_) => Err(Refusal::invalid("`flexible_sync` is no object").into()),
    }
}

pub(super) async fn create(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    JsonBody(body): JsonBody<Object>,
) -> Created {
    created(edit(&gateway, &caller, &app, |edit| add(edit, &body)).await?)
}

pub(super) async fn create_several(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    JsonBody(bodies): JsonBody<Vec<Object>>,
) -> Created {
    if bodies.len() > MAX_AT_ONCE {
        return Err(Refusal::invalid("more than 25 data sources at once").into());
    }
    let added = edit(&gateway, &caller, &app, |edit| {
        bodies.iter().map(|body| add(edit, body)).collect::<Result<Vec<_>, _>>()
    });
    created(Value::Array(added.await?))
}

pub(super) async fn fetch(caller: Caller, app: Target, parameters: Parameters) -> Answer {
    let (files, config) = app.files(caller.user_id);
    let service = find(&config.data_sources, &app.state, parameters.id("serviceId"))?;
    answer(summary(&app.state, files, &service))
}

pub(super) async fn patch(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    parameters: Parameters,
    asked: Asked,
    JsonBody(body): JsonBody<Object>,
) -> Answer {
    let confirmed = asked.get("bypass_service_change").is_some();
    let changed = edit(&gateway, &caller, &app, |edit| {
        let service = named(edit, &parameters)?;
        if body.get("name").is_some_and(|name| *name != json!(service)) {
            return Err(Refusal::invalid("a service cannot be renamed").into());
        }
        if let Some(Value::Object(config)) = body.get("config") {
            patch_config_of(edit, &service, config, confirmed)?;
        }
        let mut content = edit.files.object(&config_file(&service));
        merge(&mut content, &without(&body, &["_id", "name", "config", "rules", "default_rule"]));
        edit.write(&config_file(&service), &content)?;
        Ok(summary(&edit.state, &edit.files, &service))
    });
    answer(changed.await?)
}

fn patch_config_of(
    edit: &mut Edit,
    service: &str,
    config: &Object,
    confirmed: bool,
) -> Result<(), ApiError> {
    let mut new = Object::from_iter([("config".to_owned(), Value::Object(config.clone()))]);
    let flexible = split_sync(&mut new)?;
    let mut content = edit.files.object(&config_file(service));
    merge(&mut content, &new);
    edit.write(&config_file(service), &content)?;
    match flexible {
        Some(flexible) => sync::patch(edit, service, &flexible, confirmed),
        None => Ok(()),
    }
}

pub(super) async fn delete(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    parameters: Parameters,
) -> Done {
    edited(&gateway, &caller, &app, |edit| {
        let service = named(edit, &parameters)?;
        sync::forget(edit, &service)?;
        edit.remove_below(&format!("data_sources/{service}/"));
        Ok(())
    })
    .await
}

pub(super) async fn fetch_config(caller: Caller, app: Target, parameters: Parameters) -> Answer {
    let (files, config) = app.files(caller.user_id);
    let service = find(&config.data_sources, &app.state, parameters.id("serviceId"))?;
    let file = files.object(&config_file(&service));
    let mut shown = match file.get("config") {
        Some(Value::Object(config)) => config.clone(),
        _ => Object::new(),
    };
    if let Some(flexible) = sync::of_service(files, &service) {
        shown.insert("flexible_sync".to_owned(), Value::Object(flexible));
    }
    answer(Value::Object(shown))
}

pub(super) async fn patch_config(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    parameters: Parameters,
    asked: Asked,
    JsonBody(body): JsonBody<Object>,
) -> Done {
    let confirmed = asked.get("bypass_service_change").is_some();
    edited(&gateway, &caller, &app, |edit| {
        let service = named(edit, &parameters)?;
        patch_config_of(edit, &service, &body, confirmed)
    })
    .await
}
