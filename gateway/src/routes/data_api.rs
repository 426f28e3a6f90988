//! `POST /app/{app}/endpoint/data/v1/action/{action}`.

use std::sync::Arc;

use axum::{
    extract::{Path, RawQuery, Request, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use bson::{Bson, doc, oid::ObjectId};

use super::body;
use crate::{
    apps::App,
    auth::AuthError,
    data_api::{Credential, Format, accepted, check_secret, operation},
    documents::{Argument, Collection, run},
    error::ApiError,
    functions::Caller,
    gateway::Gateway,
};

/// A document of 16 MiB in extended JSON, or many small ones.
const MAX_BODY_BYTES: usize = 32 * 1024 * 1024;

pub(super) async fn action(
    State(gateway): State<Gateway>,
    app: Arc<App>,
    Path((_, version, action)): Path<(String, String, String)>,
    RawQuery(query): RawQuery,
    mut caller: Caller,
    request: Request,
) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    let config = &app.config.data_api;
    let versions = &config.versions;
    let served = version == "v1" && (versions.is_empty() || versions.contains(&version));
    let found = operation(&action).filter(|_| served && !config.disabled);
    let (name, key) = found.ok_or_else(|| ApiError::NoRoute(parts.uri.path().to_owned()))?;
    let headers = &parts.headers;
    accepted(headers).map_err(|value| ApiError::Unsupported { header: "content-type", value })?;

    // Who asks is known only once the body is: its users share what one client may take.
    let mut reservation = gateway.in_flight().reservation(app.domain_id, app.domain_id);
    reservation.grow_to(body::length(headers, MAX_BODY_BYTES))?;
    let bytes = body::bytes(headers, body, MAX_BODY_BYTES).await?;
    if !check_secret(&app, headers, query.as_deref().unwrap_or_default(), &bytes) {
        return Err(ApiError::EndpointSecret);
    }
    caller.user = user(&gateway, &app, Credential::of(headers), &caller).await?;
    gateway.functions().may_evaluate(&app, config.can_evaluate.as_ref(), &caller).await?;

    let argument = Bson::try_from(body::parse::<serde_json::Value>(&bytes)?)
        .map_err(|error| ApiError::BadRequest(error.to_string()))?;
    let argument = Argument::new(argument)?;
    let source = argument.text("dataSource")?;
    let (store, functions) = (gateway.store(), gateway.functions());
    let collection = Collection::open(store, functions, &app, &caller, source, &argument).await?;
    let answer = run(&collection, name, &argument).await?;
    let answer = match key {
        Some(key) => doc! { key: answer }.into(),
        None => answer,
    };
    let format = Format::of(headers, &config.return_type);
    let mut response = format.write(answer).to_string().into_response();
    let content_type = HeaderValue::from_static(format.content_type());
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    Ok(response)
}

/// The user that a request acts for, as rules know it.
async fn user(
    gateway: &Gateway,
    app: &Arc<App>,
    credential: Credential,
    caller: &Caller,
) -> Result<bson::Document, ApiError> {
    let auth = gateway.auth();
    let config = &app.config.data_api;
    if !config.run_as_user_id_script_source.is_empty() {
        return Err(ApiError::BadRequest(
            "the app lets a script choose the user of its Data API, which is not served".to_owned(),
        ));
    }
    let user = match credential {
        // The app says who acts, whoever asks.
        _ if !config.run_as_user_id.is_empty() => {
            let id = ObjectId::parse_str(&config.run_as_user_id);
            let id = id.map_err(|_| AuthError::NoUserForEndpoint)?;
            auth.enabled_user(app.domain_id, id).await?
        }
        Credential::Token(token) => {
            let access = auth.verify_access(&token).map_err(ApiError::Token)?;
            if access.domain_id != app.domain_id {
                return Err(ApiError::OtherApp);
            }
            return Ok(auth.known(&access).await?);
        }
        Credential::Login(login) => {
            let proven = auth.prove(app, login, caller).await?;
            auth.identify(app, proven, config.create_user_on_auth, caller).await?
        }
        Credential::Partial => return Err(ApiError::PartialCredential),
        Credential::None => return Err(ApiError::NoCredential),
    };
    Ok(auth.known_with_custom_data(app, &user, config.fetch_custom_user_data).await?)
}
