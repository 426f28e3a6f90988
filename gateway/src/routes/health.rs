//! Whether the process lives, and whether it can do its work.

use axum::{Json, extract::State};
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
