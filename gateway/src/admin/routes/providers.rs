//! `/auth_providers`: how users may log in.

use axum::extract::State;
use bson::oid::ObjectId;
use serde_json::{Value, json};

use super::{
    Answer, Caller, Created, Done, JsonBody, Object, Parameters, Refusal, Target, answer, created,
    edit, edited, function_names, merge, name_of, named, text, with_id, without,
};
use crate::{
    apps::{
        AppFiles,
        state::{AppState, Edit},
    },
    error::ApiError,
    gateway::Gateway,
};

const FILE: &str = "auth/providers.json";
/// Functions that a provider calls: the key of their name, and of their id.
const FUNCTIONS: [(&str, &str); 3] = [
    ("confirmationFunctionName", "confirmationFunctionId"),
    ("resetFunctionName", "resetFunctionId"),
    ("authFunctionName", "authFunctionId"),
];

/// The provider of this id: its type, and what its file says.
fn find(
    files: &AppFiles,
    state: &AppState,
    id: Option<ObjectId>,
) -> Result<(String, Object), ApiError> {
    let mut providers = files.object(FILE);
    let kind = named(state, "provider", providers.keys().map(String::as_str), id);
    let found = kind.map(str::to_owned).and_then(|kind| match providers.remove(&kind) {
        Some(Value::Object(provider)) => Some((kind, provider)),
        _ => None,
    });
    found.ok_or_else(|| Refusal::not_found("AuthProviderNotFound", "auth provider").into())
}

/// A provider as the Admin API shows it: with ids beside the names of functions.
fn shown(state: &AppState, kind: &str, mut provider: Object) -> Value {
    if let Some(Value::Object(config)) = provider.get_mut("config") {
        for (name, id) in FUNCTIONS {
            let named = config.get(name).and_then(Value::as_str).filter(|name| !name.is_empty());
            if let Some(named) = named {
                let function = state.id_of("function", named).to_hex();
                config.insert(id.to_owned(), json!(function));
            }
        }
    }
    provider.entry("disabled").or_insert(json!(false));
    with_id(state.id_of("provider", kind), provider)
}

/// A provider as its file keeps it: with names of functions alone.
fn kept(edit: &Edit, provider: &mut Object) {
    let Some(Value::Object(config)) = provider.get_mut("config") else { return };
    for (name, id) in FUNCTIONS {
        name_of(edit, config, "function", (id, name), function_names(edit));
    }
}

pub(super) async fn list(caller: Caller, app: Target) -> Answer {
    let (files, _) = app.files(caller.user_id);
    let summary = |(kind, provider): (String, Value)| {
        json!({
            "_id": app.state.id_of("provider", &kind).to_hex(),
            "name": provider.get("name").and_then(Value::as_str).unwrap_or(&kind),
            "type": kind,
            "disabled": provider.get("disabled").and_then(Value::as_bool).unwrap_or_default(),
        })
    };
    answer(files.object(FILE).into_iter().map(summary).collect::<Vec<_>>())
}

pub(super) async fn create(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    JsonBody(body): JsonBody<Object>,
) -> Created {
    let kind = text(&body, "type")?;
    let provider = edit(&gateway, &caller, &app, |edit| {
        let mut providers = edit.files.object(FILE);
        if providers.contains_key(kind) {
            let message = format!("an auth provider of type `{kind}` already exists");
            return Err(Refusal::exists("AuthProviderAlreadyExists", message).into());
        }
        let mut provider = without(&body, &["_id"]);
        provider.entry("name").or_insert(json!(kind));
        provider.entry("disabled").or_insert(json!(false));
        kept(edit, &mut provider);
        providers.insert(kind.to_owned(), Value::Object(provider.clone()));
        edit.write(FILE, &providers)?;
        Ok(shown(&edit.state, kind, provider))
    });
    created(provider.await?)
}

pub(super) async fn fetch(caller: Caller, app: Target, parameters: Parameters) -> Answer {
    let (files, _) = app.files(caller.user_id);
    let (kind, provider) = find(files, &app.state, parameters.id("providerId"))?;
    answer(shown(&app.state, &kind, provider))
}

/// Changes one provider.
async fn change(
    gateway: &Gateway,
    caller: &Caller,
    app: &Target,
    parameters: &Parameters,
    change: impl Fn(&mut Object) -> Result<(), ApiError>,
) -> Done {
    edited(gateway, caller, app, |edit| {
        let id = parameters.id("providerId");
        let (kind, mut provider) = find(&edit.files, &edit.state, id)?;
        change(&mut provider)?;
        kept(edit, &mut provider);
        let mut providers = edit.files.object(FILE);
        providers.insert(kind, Value::Object(provider));
        Ok(edit.write(FILE, &providers)?)
    })
    .await
}

pub(super) async fn patch(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    parameters: Parameters,
    JsonBody(body): JsonBody<Object>,
) -> Done {
    let body = without(&body, &["_id", "type"]);
    change(&gateway, &caller, &app, &parameters, |provider| {
        merge(provider, &body);
        Ok(())
    })
    .await
}

pub(super) async fn enable(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    parameters: Parameters,
) -> Done {
    change(&gateway, &caller, &app, &parameters, |provider| set_disabled(provider, false)).await
}

pub(super) async fn disable(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    parameters: Parameters,
) -> Done {
    change(&gateway, &caller, &app, &parameters, |provider| set_disabled(provider, true)).await
}

#[expect(clippy::unnecessary_wraps, reason = "what `change` takes")]
fn set_disabled(provider: &mut Object, disabled: bool) -> Result<(), ApiError> {
    provider.insert("disabled".to_owned(), json!(disabled));
    Ok(())
}

pub(super) async fn delete(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    parameters: Parameters,
) -> Done {
    edited(&gateway, &caller, &app, |edit| {
        let id = parameters.id("providerId");
        let (kind, provider) = find(&edit.files, &edit.state, id)?;
        if provider.get("disabled") != Some(&json!(true)) {
            return Err(
                Refusal::invalid("an auth provider must be disabled before it is deleted").into()
            );
        }
        let mut providers = edit.files.object(FILE);
        providers.remove(&kind);
        Ok(edit.write(FILE, &providers)?)
    })
    .await
}
