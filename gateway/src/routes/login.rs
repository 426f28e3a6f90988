//! `POST …/app/{app}/auth/providers/{provider}/login`.

use std::sync::Arc;

use asymmetric_protocol::client_api::LoginResponse;
use axum::{
    Json,
    body::{Body, to_bytes},
    extract::State,
};
use bson::oid::ObjectId;
use serde_json::Value;

use crate::{apps::App, error::ApiError, gateway::Gateway};

const ANONYMOUS: &str = "anon-user";
/// Credentials are short.
const MAX_BODY_BYTES: usize = 64 * 1024;

pub(super) async fn anonymous(
    State(gateway): State<Gateway>,
    app: Arc<App>,
    body: Body,
) -> Result<Json<LoginResponse>, ApiError> {
    let body = read(body).await?;
    let provider = app.config.auth_providers.get(ANONYMOUS);
    if provider.is_none_or(|provider| provider.disabled) {
        return Err(ApiError::NoProvider(ANONYMOUS));
    }
    // The default of an ObjectId is a new one.
    let device_id = device_id(&body).unwrap_or_default();
    let login = gateway.auth().log_in_anonymously(&app, device_id).await?;
    tracing::info!(app = app.client_app_id, user = login.user_id, "anonymous user logged in");
    Ok(Json(login))
}

/// The body of a login: JSON, or nothing at all.
async fn read(body: Body) -> Result<Value, ApiError> {
    let body = to_bytes(body, MAX_BODY_BYTES)
        .await
        .map_err(|_| ApiError::TooLarge { limit: MAX_BODY_BYTES })?;
    if body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&body).map_err(|error| ApiError::BadRequest(error.to_string()))
}

/// The id that the device got at an earlier login: an ObjectId in extended JSON, or its digits.
/// A device that sends none, or the zeros that stand for none, gets a new one.
fn device_id(body: &Value) -> Option<ObjectId> {
    let id = body.pointer("/options/device/deviceId")?;
    let digits = id.get("$oid").unwrap_or(id).as_str()?;
    let id = ObjectId::parse_str(digits).ok()?;
    (id.bytes() != [0; 12]).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_device_id_of_an_earlier_login_is_kept() {
        let digits = "6b00000000000000000000dd";
        let of = |id: Value| device_id(&json!({ "options": { "device": { "deviceId": id } } }));
        assert_eq!(of(json!(digits)).unwrap().to_hex(), digits);
        assert_eq!(of(json!({ "$oid": digits })).unwrap().to_hex(), digits);
        for none in [json!("0".repeat(24)), json!("x"), json!(7), json!(null)] {
            assert_eq!(of(none), None);
        }
        assert_eq!(device_id(&Value::Null), None);
    }
}
