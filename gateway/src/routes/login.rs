//! `POST …/app/{app}/auth/providers/{provider}/login`.

use std::sync::Arc;

use asymmetric_protocol::client_api::LoginResponse;
use axum::{
    Json,
    body::Body,
    extract::{FromRequestParts, Path, RawQuery, Request, State},
    http::request::Parts,
};
use bson::{Bson, oid::ObjectId};
use serde_json::Value;

use super::body;
use crate::{
    apps::App,
    auth::{Access, AuthError, Login},
    ejson,
    error::ApiError,
    functions::Caller,
    gateway::Gateway,
};

/// A custom token may be this long.
const TOKEN: usize = 1_000_000 + body::SHORT;

pub(super) async fn login(
    State(gateway): State<Gateway>,
    app: Arc<App>,
    Path((_, provider)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    caller: Caller,
    request: Request,
) -> Result<Json<LoginResponse>, ApiError> {
    let (mut parts, body) = request.into_parts();
    let linking = query.as_deref().is_some_and(|query| query.split('&').any(|q| q == "link=true"));
    let linked = if linking { Some(access_to(&app, &mut parts, &gateway).await?) } else { None };
    let body = read(&parts, body, &provider).await?;
    // The default of an ObjectId is a new one.
    let device_id = device_id(&body).unwrap_or_default();
    let credential = credential(&provider, body)?;
    let auth = gateway.auth();
    let proven = auth.prove(&app, credential, &caller).await?;
    let response = match linked {
        Some(access) => auth.link(&app, &access, proven, device_id).await?,
        None => auth.log_in(&app, proven, device_id, &caller).await?,
    };
    Ok(Json(response))
}

/// The user of the token in a request, if it is a user of this app.
pub(super) async fn access_to(
    app: &App,
    parts: &mut Parts,
    gateway: &Gateway,
) -> Result<Access, ApiError> {
    let access = Access::from_request_parts(parts, gateway).await?;
    if access.domain_id == app.domain_id { Ok(access) } else { Err(ApiError::OtherApp) }
}

async fn read(parts: &Parts, body: Body, provider: &str) -> Result<Value, ApiError> {
    let limit = if provider == "custom-token" { TOKEN } else { body::SHORT };
    body::json(&parts.headers, body, limit).await
}

/// What a body holds for a provider.
fn credential(provider: &str, body: Value) -> Result<Login, ApiError> {
    let text = |key: &str| {
        let text = body.get(key).and_then(Value::as_str).map(str::to_owned);
        text.ok_or_else(|| ApiError::BadRequest(format!("the body has no `{key}`")))
    };
    Ok(match provider {
        "anon-user" => Login::Anonymous,
        "local-userpass" => {
            Login::Password { email: text("username")?, password: text("password")? }
        }
        "api-key" => Login::Key(text("key")?),
        "custom-token" => Login::Token { provider: "custom-token", token: text("token")? },
        "oauth2-google" => Login::Token { provider: "oauth2-google", token: id_token(&body)? },
        "oauth2-apple" => Login::Token { provider: "oauth2-apple", token: id_token(&body)? },
        "custom-function" => Login::Function(payload(body)?),
        other => return Err(AuthError::NoProvider(other.to_owned()).into()),
    })
}

fn id_token(body: &Value) -> Result<String, ApiError> {
    let token = ["id_token", "idToken"].iter().find_map(|key| body.get(key)?.as_str());
    token.map(str::to_owned).ok_or_else(|| {
        ApiError::BadRequest(
            "the body has no `id_token`; the gateway exchanges no authorization codes".to_owned(),
        )
    })
}

/// What the custom function takes: the body, but for what clients add to it.
fn payload(mut body: Value) -> Result<bson::Document, ApiError> {
    if let Value::Object(fields) = &mut body {
        fields.remove("options");
    }
    match ejson::to_bson(body) {
        Ok(Bson::Document(document)) => Ok(document),
        Ok(_) => Err(ApiError::BadRequest("the body must be an object".to_owned())),
        Err(error) => Err(ApiError::BadRequest(error.to_string())),
    }
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

    #[test]
    fn a_custom_function_sees_what_its_client_wrote() {
        let body = json!({ "user": "u", "n": { "$numberInt": "3" }, "options": { "device": {} } });
        assert_eq!(payload(body).unwrap(), bson::doc! { "user": "u", "n": 3 });
        assert!(payload(json!(null)).is_err() && payload(json!([])).is_err());
    }
}
