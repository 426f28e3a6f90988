//! Device Sync, which the Admin API keeps inside a service and beside it, and a directory in
//! `sync/config.json`.

use axum::extract::State;
use serde_json::{Value, json};

use super::{Answer, Caller, Done, JsonBody, Object, Refusal, Target, answer, edited, without};
use crate::{
    apps::{AppFiles, SyncState, state::Edit},
    error::ApiError,
    gateway::Gateway,
};

const FILE: &str = "sync/config.json";

/// Device Sync of a service, if it is on that service.
pub(super) fn of_service(files: &AppFiles, service: &str) -> Option<Object> {
    let file = files.object(FILE);
    let here = file.get("service_name").and_then(Value::as_str) == Some(service);
    here.then(|| without(&file, &["service_name"]))
}

/// Merges what a request says of Device Sync into what there is. Which collections are asymmetric
/// can change while it runs only if the request confirms that.
pub(super) fn patch(
    edit: &mut Edit,
    service: &str,
    flexible: &Object,
    confirmed: bool,
) -> Result<(), ApiError> {
    let old = edit.files.object(FILE);
    let other = old.get("service_name").and_then(Value::as_str);
    if let Some(other) = other.filter(|other| *other != service && is_on(&old)) {
        let message = format!("sync is on for the service `{other}`; terminate it first");
        return Err(Refusal::invalid(message).into());
    }
    let mut new = old.clone();
    // Some clients send `enabled` beside `state`.
    let flexible = without(flexible, &["enabled"]);
    new.extend(flexible);
    new.insert("service_name".to_owned(), json!(service));
    new.entry("type").or_insert(json!("flexible"));
    if is_on(&old) && is_on(&new) && !confirmed && tables(&old) != tables(&new) {
        let message = "changing `asymmetric_tables` while sync is enabled ends all sessions; add \
                       `?bypass_service_change=DestructiveSyncProtocolVersionIncrease` to confirm, \
                       or terminate sync first";
        return Err(Refusal::invalid(message).into());
    }
    Ok(edit.write(FILE, &new)?)
}

fn is_on(sync: &Object) -> bool {
    sync.get("state").and_then(Value::as_str) == Some("enabled")
}

/// The asymmetric collections, in order.
fn tables(sync: &Object) -> Vec<&str> {
    let tables = sync.get("asymmetric_tables").and_then(Value::as_array);
    let mut tables: Vec<&str> = tables.into_iter().flatten().filter_map(Value::as_str).collect();
    tables.sort_unstable();
    tables
}

/// A service is gone, and with it what it had of Device Sync.
pub(super) fn forget(edit: &mut Edit, service: &str) -> Result<(), ApiError> {
    if of_service(&edit.files, service).is_some() {
        let dev = edit.config.sync.development_mode_enabled;
        edit.write(FILE, &json!({ "development_mode_enabled": dev }))?;
    }
    Ok(())
}

pub(super) async fn fetch_config(caller: Caller, app: Target) -> Answer {
    let (_, config) = app.files(caller.user_id);
    answer(json!({ "development_mode_enabled": config.sync.development_mode_enabled }))
}

pub(super) async fn put_config(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    JsonBody(body): JsonBody<Object>,
) -> Done {
    edited(&gateway, &caller, &app, |edit| Ok(edit.merge(FILE, &body)?)).await
}

pub(super) async fn state(app: Target) -> Answer {
    let state = match app.app.config.sync.state {
        SyncState::Enabled => "enabled",
        SyncState::Disabled => "disabled",
        SyncState::Off => "",
    };
    answer(json!({ "state": state }))
}

/// There is no history to build: clients are accepted as soon as sync is on.
pub(super) async fn progress(app: Target) -> Answer {
    let accepting = app.app.config.sync.state == SyncState::Enabled;
    answer(json!({ "accepting_clients": accepting, "progress": {} }))
}

/// The schema has one version: it only grows.
pub(super) async fn versions() -> Answer {
    answer(json!({ "versions": [{ "version_major": 0 }] }))
}
