//! Whether the process lives, and whether it can do its work.

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{error::ApiError, gateway::Gateway};

/// Answers as long as the process does.
pub(super) async fn alive() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// Answers well only while the store does.
pub(super) async fn ready(State(gateway): State<Gateway>) -> Result<Json<Value>, ApiError> {
    gateway.store().ping().await.map_err(ApiError::Store)?;
    Ok(Json(json!({ "status": "ready" })))
}

/// What the gateway did so far, for Prometheus.
pub(super) async fn metrics(State(gateway): State<Gateway>) -> Result<Response, ApiError> {
    let text = gateway.metrics().map_err(|error| ApiError::BadRequest(error.to_string()))?;
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, content_type)], text).into_response())
}
