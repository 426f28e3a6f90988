//! `/services/{id}/rules` and `/default_rule`.

use axum::{extract::State, http::StatusCode};
use bson::oid::ObjectId;
use serde_json::{Value, json};

use super::{
    Answer, Caller, Created, Done, JsonBody, Object, Parameters, Refusal, Target, answer, created,
    edit, edited, name, services, with_id, without,
};
use crate::{
    apps::{
        AppConfig,
        state::{AppState, Edit},
    },
    error::ApiError,
    gateway::Gateway,
};

pub(super) fn default_file(service: &str) -> String {
    format!("data_sources/{service}/default_rule.json")
}

fn file(service: &str, database: &str, collection: &str) -> String {
    format!("data_sources/{service}/{database}/{collection}/rules.json")
}

/// The id of the rules of a collection.
fn id_of(state: &AppState, service: &str, database: &str, collection: &str) -> ObjectId {
    state.id_of("rule", &format!("{service}/{database}/{collection}"))
}

/// Rules as the Admin API shows them: roles and filters have ids of their own.
fn shown(state: &AppState, id: ObjectId, rules: &Value) -> Value {
    let mut rules = rules.as_object().cloned().unwrap_or_default();
    for key in ["roles", "filters"] {
        for item in rules.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten() {
            let Some(item) = item.as_object_mut() else { continue };
            let name = item.get("name").and_then(Value::as_str).unwrap_or_default();
            let item_id = state.id_of(key, &format!("{id}/{name}")).to_hex();
            item.entry("_id").or_insert(json!(item_id));
        }
    }
    with_id(id, rules)
}

/// Rules as their file keeps them.
fn kept(body: &Object) -> Object {
    let mut rules = without(body, &["_id"]);
    for key in ["roles", "filters"] {
        let list = rules.entry(key).or_insert(json!([]));
        if list.is_null() {
            *list = json!([]);
        }
        for item in list.as_array_mut().into_iter().flatten() {
            if let Some(item) = item.as_object_mut() {
                item.remove("_id");
            }
        }
    }
    rules
}

/// The rules of this id in a service: database and collection.
fn find(
    config: &AppConfig,
    state: &AppState,
    service: &str,
    id: Option<ObjectId>,
) -> Result<(String, String), ApiError> {
    config
        .collections
        .iter()
        .filter(|collection| collection.data_source == service && collection.rules.is_some())
        .find(|c| Some(id_of(state, service, &c.database, &c.name)) == id)
        .map(|collection| (collection.database.clone(), collection.name.clone()))
        .ok_or_else(|| Refusal::not_found("RuleNotFound", "rule").into())
}

/// Adds the rules of a collection.
pub(super) fn add(edit: &mut Edit, service: &str, body: &Object) -> Result<Value, ApiError> {
    let (database, collection) = (name(body, "database")?, name(body, "collection")?);
    let file = file(service, database, collection);
    let id = id_of(&edit.state, service, database, collection);
    if edit.files.get(&file).is_some() {
        let message = format!("a rule for `{database}.{collection}` already exists");
        return Err(Refusal::exists("RuleAlreadyExists", message).into());
    }
    edit.write(&file, &kept(body))?;
    Ok(json!({ "_id": id.to_hex(), "name": format!("{database}.{collection}") }))
}

pub(super) async fn list(caller: Caller, app: Target, parameters: Parameters) -> Answer {
    let (_, config) = app.files(caller.user_id);
    let service = services::find(&config.data_sources, &app.state, parameters.id("serviceId"))?;
    let rules = config.collections.iter().filter(|c| c.data_source == service).filter_map(|c| {
        let id = id_of(&app.state, &service, &c.database, &c.name);
        c.rules.as_ref().map(|rules| shown(&app.state, id, rules))
    });
    answer(rules.collect::<Vec<_>>())
}

pub(super) async fn create(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    parameters: Parameters,
    JsonBody(body): JsonBody<Object>,
) -> Created {
    let rule = edit(&gateway, &caller, &app, |edit| {
        let service = services::named(edit, &parameters)?;
        add(edit, &service, &body)
    });
    created(rule.await?)
}

pub(super) async fn fetch(caller: Caller, app: Target, parameters: Parameters) -> Answer {
    let (_, config) = app.files(caller.user_id);
    let service = services::find(&config.data_sources, &app.state, parameters.id("serviceId"))?;
    let id = parameters.id("ruleId");
    let (database, collection) = find(config, &app.state, &service, id)?;
    let rules = config.collection(&service, &database, &collection).and_then(|c| c.rules.as_ref());
    let id = id_of(&app.state, &service, &database, &collection);
    answer(shown(&app.state, id, rules.unwrap_or(&Value::Null)))
}

pub(super) async fn put(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    parameters: Parameters,
    JsonBody(body): JsonBody<Object>,
) -> Answer {
    let rule = edit(&gateway, &caller, &app, |edit| {
        let service = services::named(edit, &parameters)?;
        let id = parameters.id("ruleId");
        let (database, collection) = find(&edit.config, &edit.state, &service, id)?;
        let mut rules = kept(&body);
        rules.insert("database".to_owned(), json!(database));
        rules.insert("collection".to_owned(), json!(collection));
        edit.write(&file(&service, &database, &collection), &rules)?;
        let id = id_of(&edit.state, &service, &database, &collection);
        Ok(shown(&edit.state, id, &Value::Object(rules)))
    });
    answer(rule.await?)
}

pub(super) async fn delete(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    parameters: Parameters,
) -> Done {
    edited(&gateway, &caller, &app, |edit| {
        let service = services::named(edit, &parameters)?;
        let id = parameters.id("ruleId");
        let (database, collection) = find(&edit.config, &edit.state, &service, id)?;
        edit.files.remove(&file(&service, &database, &collection));
        Ok(())
    })
    .await
}

fn default_id(state: &AppState, service: &str) -> ObjectId {
    state.id_of("default_rule", service)
}

fn no_default() -> Refusal {
    Refusal::missing("RuleNotFound", "default rule does not exist on service")
}

pub(super) async fn fetch_default(caller: Caller, app: Target, parameters: Parameters) -> Answer {
    let (_, config) = app.files(caller.user_id);
    let service = services::find(&config.data_sources, &app.state, parameters.id("serviceId"))?;
    let rule = config.data_source(&service).and_then(|source| source.default_rule.as_ref());
    let rule = rule.ok_or_else(no_default)?;
    answer(shown(&app.state, default_id(&app.state, &service), rule))
}

pub(super) async fn create_default(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    parameters: Parameters,
    JsonBody(body): JsonBody<Object>,
) -> Created {
    let rule = edit(&gateway, &caller, &app, |edit| {
        let service = services::named(edit, &parameters)?;
        let file = default_file(&service);
        if edit.files.get(&file).is_some() {
            return Err(Refusal::invalid("default rule already exists").into());
        }
        let rule = kept(&body);
        edit.write(&file, &rule)?;
        let id = default_id(&edit.state, &service);
        Ok(shown(&edit.state, id, &Value::Object(rule)))
    });
    created(rule.await?)
}

pub(super) async fn put_default(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    parameters: Parameters,
    JsonBody(body): JsonBody<Object>,
) -> Done {
    edited(&gateway, &caller, &app, |edit| {
        let service = services::named(edit, &parameters)?;
        let file = default_file(&service);
        if edit.files.get(&file).is_none() {
            return Err(Refusal::invalid("default rule does not exist").into());
        }
        let id = default_id(&edit.state, &service).to_hex();
        if body.get("_id").and_then(Value::as_str) != Some(&id) {
            return Err(Refusal::invalid("service default rule id mismatch").into());
        }
        Ok(edit.write(&file, &kept(&body))?)
    })
    .await
}

pub(super) async fn delete_default(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    parameters: Parameters,
) -> Result<StatusCode, ApiError> {
    edited(&gateway, &caller, &app, |edit| {
        let service = services::named(edit, &parameters)?;
        let removed = edit.files.remove(&default_file(&service));
        if removed { Ok(()) } else { Err(no_default().into()) }
    })
    .await
}
