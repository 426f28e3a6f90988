//! Settings of an app that are one value each.

use axum::extract::State;
use serde_json::{Value, json};

use super::{
    Answer, Caller, Created, Done, JsonBody, Object, Refusal, Target, answer, created, edit,
    edited, function_names, name_of,
};
use crate::gateway::Gateway;

const USER_DATA: &str = "auth/custom_user_data.json";
const DATA_API: &str = "http_endpoints/data_api_config.json";
/// How long refresh tokens of users may be good for, in seconds: half an hour to five years.
const REFRESH_RANGE: std::ops::RangeInclusive<i64> = 1800..=5 * 366 * 24 * 60 * 60;

pub(super) async fn fetch_user_data(caller: Caller, app: Target) -> Answer {
    let (files, config) = app.files(caller.user_id);
    let mut data = files.object(USER_DATA);
    data.entry("enabled").or_insert(json!(false));
    let settings = &config.custom_user_data;
    for (name, kind, id) in [
        (&settings.mongo_service_name, "service", "mongo_service_id"),
        (&settings.on_user_creation_function_name, "function", "on_user_creation_function_id"),
    ] {
        if !name.is_empty() {
            data.insert(id.to_owned(), json!(app.state.id_of(kind, name).to_hex()));
        }
    }
    answer(Value::Object(data))
}

pub(super) async fn patch_user_data(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    JsonBody(body): JsonBody<Object>,
) -> Done {
    edited(&gateway, &caller, &app, |edit| {
        let mut data = edit.files.object(USER_DATA);
        data.extend(body.clone());
        let services = edit.config.data_sources.iter().map(|source| source.name.as_str());
        name_of(edit, &mut data, "service", ("mongo_service_id", "mongo_service_name"), services);
        let keys = ("on_user_creation_function_id", "on_user_creation_function_name");
        name_of(edit, &mut data, "function", keys, function_names(edit));
        Ok(edit.write(USER_DATA, &data)?)
    })
    .await
}

pub(super) async fn fetch_refresh_expiration(
    State(gateway): State<Gateway>,
    app: Target,
) -> Answer {
    let default = json!(gateway.auth().lifetimes().refresh());
    let seconds = app.state.stored.refresh_token_seconds.map_or(default, |seconds| json!(seconds));
    answer(json!({ "expiration_time_seconds": seconds }))
}

pub(super) async fn put_refresh_expiration(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    JsonBody(body): JsonBody<Object>,
) -> Done {
    let seconds = body.get("expiration_time_seconds").and_then(Value::as_i64);
    let seconds = seconds.ok_or(Refusal::lacks("expiration_time_seconds"))?;
    if !REFRESH_RANGE.contains(&seconds) {
        let message = "expiration_time_seconds must be between 1800 and 158112000";
        return Err(Refusal::invalid(message).into());
    }
    edited(&gateway, &caller, &app, |edit| {
        edit.state.stored.refresh_token_seconds = Some(seconds);
        Ok(())
    })
    .await
}

pub(super) async fn fetch_origins(caller: Caller, app: Target) -> Answer {
    let (_, config) = app.files(caller.user_id);
    answer(config.settings.allowed_request_origins.clone())
}

pub(super) async fn set_origins(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    JsonBody(origins): JsonBody<Vec<String>>,
) -> Done {
    edited(&gateway, &caller, &app, |edit| {
        let file = edit.config.identity.layout.root_file();
        let mut root = edit.files.object(file);
        root.insert("allowed_request_origins".to_owned(), json!(origins));
        Ok(edit.write(file, &root)?)
    })
    .await
}

pub(super) async fn fetch_null_validation(app: Target) -> Answer {
    answer(json!({ "enabled": app.state.stored.null_type_schema_validation }))
}

pub(super) async fn put_null_validation(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    JsonBody(body): JsonBody<Object>,
) -> Done {
    let enabled = body.get("enabled").and_then(Value::as_bool).ok_or(Refusal::lacks("enabled"))?;
    edited(&gateway, &caller, &app, |edit| {
        edit.state.stored.null_type_schema_validation = enabled;
        Ok(())
    })
    .await
}

pub(super) async fn fetch_data_api(caller: Caller, app: Target) -> Answer {
    let (files, _) = app.files(caller.user_id);
    if files.get(DATA_API).is_none() {
        return Err(Refusal::not_found("DataAPINotFound", "Data API configuration").into());
    }
    answer(Value::Object(files.object(DATA_API)))
}

pub(super) async fn create_data_api(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    JsonBody(body): JsonBody<Object>,
) -> Created {
    let config = edit(&gateway, &caller, &app, |edit| {
        if edit.files.get(DATA_API).is_some() {
            let message = "the Data API is already configured";
            return Err(Refusal::exists("DataAPIAlreadyExists", message).into());
        }
        edit.write(DATA_API, &body)?;
        Ok(Value::Object(body.clone()))
    });
    created(config.await?)
}

pub(super) async fn patch_data_api(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    JsonBody(body): JsonBody<Object>,
) -> Done {
    edited(&gateway, &caller, &app, |edit| Ok(edit.merge(DATA_API, &body)?)).await
}

pub(super) async fn data_api_versions() -> Answer {
    answer(json!(["v1"]))
}

pub(super) async fn fetch_deploy_config(app: Target) -> Answer {
    answer(json!({
        "ui_drafts_disabled": app.state.stored.ui_drafts_disabled,
        "automatic_deployment": { "enabled": false, "provider": "", "installation_ids": [] },
    }))
}

pub(super) async fn patch_deploy_config(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    JsonBody(body): JsonBody<Object>,
) -> Done {
    let automatic = body.get("automatic_deployment").and_then(|value| value.get("enabled"));
    if automatic == Some(&json!(true)) {
        return Err(Refusal::invalid("automatic deployment is not served").into());
    }
    edited(&gateway, &caller, &app, |edit| {
        if let Some(disabled) = body.get("ui_drafts_disabled").and_then(Value::as_bool) {
            edit.state.stored.ui_drafts_disabled = disabled;
        }
        Ok(())
    })
    .await
}
