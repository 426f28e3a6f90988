//! Measurements, and the version.

use axum::extract::State;
use bson::DateTime;
use serde_json::{Value, json};

use super::{Answer, Asked, Parameters, Target, answer};
use crate::gateway::Gateway;

/// Requests of some apps since the gateway started. Time of computing and bytes sent are no
/// quantities that a gateway bills, so they are not measured.
fn measurements(gateway: &Gateway, asked: &Asked, of: &[String], mut shown: Value) -> Answer {
    let now = json!(DateTime::now().try_to_rfc3339_string().unwrap_or_default());
    let requests: u64 = of.iter().map(|app| gateway.telemetry().requests_of(app)).sum();
    let point = json!({ "timestamp": now, "value": requests });
    shown["start"] = json!(asked.get("start"));
    shown["end"] = json!(asked.get("end"));
    shown["granularity"] = json!(asked.get("granularity").unwrap_or("P31D"));
    shown["measurements"] = json!([{
        "name": "request_count",
        "units": "",
        "data_points": [point],
    }]);
    answer(shown)
}

pub(super) async fn of_app(State(gateway): State<Gateway>, app: Target, asked: Asked) -> Answer {
    let shown = json!({ "group_id": app.state.group_id.to_hex(), "app_id": app.state.id.to_hex() });
    measurements(&gateway, &asked, std::slice::from_ref(&app.state.client_app_id), shown)
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
    measurements(&gateway, &asked, &apps, json!({ "group_id": parameters.text("groupId") }))
}

pub(super) async fn version() -> Answer {
    answer(json!({ "version": env!("CARGO_PKG_VERSION") }))
}
