//! Measurements, and the version.

use axum::extract::State;
use bson::DateTime;
use serde_json::json;

use super::{Answer, Asked, Parameters, Target, answer};
use crate::gateway::Gateway;

/// Requests of some apps since the gateway started. Time of computing and bytes sent are no
/// quantities that a gateway bills, so they are not measured.
fn measurements(
    gateway: &Gateway,
    asked: &Asked,
    of: &[String],
    (group, app): (&str, Option<String>),
) -> Answer {
    let now = json!(DateTime::now().try_to_rfc3339_string().unwrap_or_default());
    let requests: u64 = of.iter().map(|app| gateway.telemetry().requests_of(app)).sum();
    let point = json!({ "timestamp": now, "value": requests });
    answer(json!({
        "group_id": group,
        "app_id": app,
        "start": asked.get("start"),
        "end": asked.get("end"),
        "granularity": asked.get("granularity").unwrap_or("P31D"),
        "measurements": [{ "name": "request_count", "units": "", "data_points": [point] }],
    }))
}

pub(super) async fn of_app(State(gateway): State<Gateway>, app: Target, asked: Asked) -> Answer {
    let ids = (app.state.group_id.to_hex(), app.state.id.to_hex());
    let of = std::slice::from_ref(&app.state.client_app_id);
    measurements(&gateway, &asked, of, (&ids.0, Some(ids.1)))
}

pub(super) async fn of_group(
    State(gateway): State<Gateway>,
    parameters: Parameters,
    asked: Asked,
) -> Answer {
    let group = parameters.id("groupId");
    let apps = gateway.apps().all();
    let apps = apps.iter().filter(|app| Some(app.state.group_id) == group);
    let apps: Vec<String> = apps.map(|app| app.state.client_app_id.clone()).collect();
    measurements(&gateway, &asked, &apps, (parameters.text("groupId"), None))
}

pub(super) async fn version() -> Answer {
    answer(json!({ "version": env!("CARGO_PKG_VERSION") }))
}
