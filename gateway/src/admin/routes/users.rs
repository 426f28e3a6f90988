//! `/users`: the users of an app.

use axum::{extract::State, http::StatusCode};
use bson::{Bson, DateTime, Document, oid::ObjectId};
use serde_json::{Value, json};

use super::{
    Answer, Asked, Created, Done, JsonBody, Object, Parameters, Refusal, Target, answer, created,
    text,
};
use crate::{
    auth::{AuthError, Brought, BroughtIdentity, TokenError, User, UserQuery},
    error::ApiError,
    functions::Caller,
    gateway::Gateway,
};

fn seconds(date: DateTime) -> i64 {
    date.timestamp_millis() / 1000
}

fn shown(user: &User) -> Value {
    let identities = user.identities.iter().map(|identity| {
        json!({
            "id": identity.shown_id(),
            "provider_type": identity.provider_type,
            "provider_id": identity.provider_id.to_hex(),
        })
    });
    json!({
        "_id": user.id.to_hex(),
        "type": user.kind(),
        "disabled": user.disabled,
        "identities": identities.collect::<Vec<_>>(),
        "creation_date": seconds(user.created_at),
        "last_authentication_date": user.last_login_at.map_or(0, seconds),
        "data": Bson::Document(user.data.clone()).into_relaxed_extjson(),
    })
}

/// The user that the path names.
fn id(parameters: &Parameters) -> Result<ObjectId, ApiError> {
    Ok(parameters.id("userId").ok_or(AuthError::UserNotFound)?)
}

/// The last entry of the page before.
pub(super) fn after(asked: &Asked) -> Result<Option<ObjectId>, ApiError> {
    let id = asked.get("after").map(ObjectId::parse_str).transpose();
    id.map_err(|_| Refusal::invalid("`after` is no id").into())
}

pub(super) async fn list(State(gateway): State<Gateway>, app: Target, asked: Asked) -> Answer {
    if asked.get("sort").is_some_and(|key| key != "_id") {
        return Err(Refusal::invalid("users can be sorted by `_id` only").into());
    }
    let disabled = match asked.get("status") {
        None | Some("") => None,
        Some("enabled") => Some(false),
        Some("disabled") => Some(true),
        Some(_) => return Err(Refusal::invalid("`status` is `enabled` or `disabled`").into()),
    };
    let types = asked.get("provider_types").unwrap_or_default();
    let query = UserQuery {
        after: after(&asked)?,
        descending: asked.is("desc", "true"),
        disabled,
        provider_types: types.split(',').filter(|t| !t.is_empty()).map(str::to_owned).collect(),
    };
    let users = gateway.auth().users(app.state.domain_id, &query).await?;
    answer(users.iter().map(shown).collect::<Vec<_>>())
}

/// A new user has an e-mail address and a password. One that has an `_id` was made by another
/// server: the body is what that server's list of users says.
pub(super) async fn create(
    State(gateway): State<Gateway>,
    app: Target,
    caller: Caller,
    JsonBody(body): JsonBody<Object>,
) -> Created {
    let auth = gateway.auth();
    let user = if body.contains_key("_id") {
        auth.bring(&app.app, brought(&body)?).await?
    } else {
        let (email, password) = (text(&body, "email")?, text(&body, "password")?);
        auth.create_user(&app.app, email, password, &caller).await?
    };
    tracing::info!(app = app.state.client_app_id, user = %user.id, "user created");
    created(shown(&user))
}

/// A user as another server lists it.
fn brought(body: &Object) -> Result<Brought, ApiError> {
    let id = text(body, "_id")?;
    let id = ObjectId::parse_str(id).map_err(|_| Refusal::invalid("`_id` is no ObjectId"))?;
    let data = match body.get("data") {
        None | Some(Value::Null) => Document::new(),
        Some(data) => match Bson::try_from(data.clone()) {
            Ok(Bson::Document(data)) => data,
            _ => return Err(Refusal::invalid("`data` is no object of extended JSON").into()),
        },
    };
    let email = body.get("email").and_then(Value::as_str).or_else(|| data.get_str("email").ok());
    let identities = body.get("identities").and_then(Value::as_array);
    let identities = identities.ok_or_else(|| Refusal::lacks("identities"))?;
    let identity = |identity: &Value| {
        let text = |key: &str| identity.get(key).and_then(Value::as_str);
        let provider_type = text("provider_type").ok_or_else(|| Refusal::lacks("provider_type"))?;
        let id = text("id").unwrap_or_default();
        let external_id = match provider_type {
            "anon-user" => "",
            "local-userpass" => email.ok_or_else(|| Refusal::lacks("data.email"))?,
            _ => id,
        };
        Ok::<_, Refusal>(BroughtIdentity {
            // What is none was the provider's id.
            id: ObjectId::parse_str(id).unwrap_or_default(),
            provider_type: provider_type.to_owned(),
            external_id: external_id.to_owned(),
        })
    };
    let identities = identities.iter().map(identity).collect::<Result<_, _>>()?;
    let moment = |key: &str| {
        let seconds = body.get(key).and_then(Value::as_i64).filter(|seconds| *seconds > 0);
        seconds.map(|seconds| DateTime::from_millis(seconds.saturating_mul(1000)))
    };
    Ok(Brought {
        id,
        identities,
        disabled: body.get("disabled") == Some(&json!(true)),
        // An ObjectId tells when it was made.
        created_at: moment("creation_date").unwrap_or_else(|| id.timestamp()),
        last_login_at: moment("last_authentication_date"),
        password: body.get("password").and_then(Value::as_str).map(str::to_owned),
        data,
    })
}

pub(super) async fn fetch(
    State(gateway): State<Gateway>,
    app: Target,
    parameters: Parameters,
) -> Answer {
    answer(shown(&gateway.auth().user(app.state.domain_id, id(&parameters)?).await?))
}

pub(super) async fn delete(
    State(gateway): State<Gateway>,
    app: Target,
    parameters: Parameters,
) -> Done {
    gateway.auth().delete_user(app.state.domain_id, id(&parameters)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn log_out(
    State(gateway): State<Gateway>,
    app: Target,
    parameters: Parameters,
) -> Done {
    gateway.auth().revoke(app.state.domain_id, id(&parameters)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn enable(
    State(gateway): State<Gateway>,
    app: Target,
    parameters: Parameters,
) -> Done {
    gateway.auth().set_disabled(app.state.domain_id, id(&parameters)?, false).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn disable(
    State(gateway): State<Gateway>,
    app: Target,
    parameters: Parameters,
) -> Done {
    gateway.auth().set_disabled(app.state.domain_id, id(&parameters)?, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn reset_email(
    State(gateway): State<Gateway>,
    app: Target,
    parameters: Parameters,
    JsonBody(body): JsonBody<Object>,
) -> Done {
    let email = text(&body, "email")?;
    gateway.auth().change_email(app.state.domain_id, id(&parameters)?, email).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn devices(
    State(gateway): State<Gateway>,
    app: Target,
    parameters: Parameters,
) -> Answer {
    let user_id = id(&parameters)?;
    let devices = gateway.auth().devices(app.state.domain_id, user_id).await?;
    let shown = devices.iter().map(|device| {
        json!({
            "_id": device.id.to_hex(),
            "domain_id": app.state.domain_id.to_hex(),
            "user_id": user_id.to_hex(),
            "last_authentication_date": seconds(device.last_login_at),
        })
    });
    answer(shown.collect::<Vec<_>>())
}

/// What an access token of a user says. That it has expired is an answer, too.
pub(super) async fn verify_token(
    State(gateway): State<Gateway>,
    app: Target,
    JsonBody(body): JsonBody<Object>,
) -> Answer {
    let access = match gateway.auth().inspect(text(&body, "token")?).await {
        Ok(access) if access.domain_id == app.state.domain_id => access,
        Err(AuthError::Token(TokenError::Expired)) => return answer("token expired"),
        Ok(_) | Err(AuthError::SessionEnded) => {
            return Err(Refusal::session("invalid session").into());
        }
        Err(error) => return Err(error.into()),
    };
    let mut claims = json!({
        "sub": access.user_id.to_hex(),
        "iss": access.session_id.to_hex(),
        "iat": access.issued_at,
        "exp": access.expires_at,
        "domain_id": access.domain_id.to_hex(),
        "device_id": access.device_id.map(ObjectId::to_hex),
    });
    if !access.custom_data.is_empty() {
        let data = Bson::Document(access.custom_data).into_relaxed_extjson();
        claims.as_object_mut().map(|claims| claims.insert("custom_user_data".to_owned(), data));
    }
    answer(claims)
}
