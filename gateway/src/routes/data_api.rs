//! `POST /app/{app}/endpoint/data/v1/action/{action}`.

use std::sync::Arc;

use axum::{
    extract::{Path, Query, Request, State},
    http::{HeaderValue, Uri, header},
    response::{IntoResponse, Response},
};
use bson::{Document, doc};

use super::{acting::acting, body};
use crate::{
    apps::App,
    data_api::{Credential, Format, accepted, check_secret, operation},
    documents::{Argument, Collection, run},
    error::ApiError,
    functions::{Caller, RunAs},
    gateway::Gateway,
};

/// A document of 16 MiB in extended JSON, or many small ones.
const MAX_BODY_BYTES: usize = 32 * 1024 * 1024;

pub(super) async fn action(
    State(gateway): State<Gateway>,
    app: Arc<App>,
    Path((_, version, action)): Path<(String, String, String)>,
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
    if !check_secret(&app, headers, secret(&parts.uri).as_deref(), &bytes) {
        return Err(ApiError::EndpointSecret);
    }

    // A credential of the headers is looked at before the body is.
    let run_as = RunAs::from(config);
    let credential = Credential::of(headers);
    if run_as.is_caller() && !matches!(credential, Credential::None) {
        caller.user = user(&gateway, &app, credential, &caller).await?;
    }
    let argument = Argument::new(body::extended(bytes).await?)?;
    if run_as.is_caller() && caller.user.is_empty() {
        caller.user = user(&gateway, &app, Credential::in_body(&argument), &caller).await?;
    }
    let arguments = [argument.shown()];
    let custom_data = config.fetch_custom_user_data;
    let caller = acting(&gateway, &app, run_as, &arguments, caller, custom_data).await?;
    gateway.functions().check_data_api(&app, &caller).await?;

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

/// The secret in a query.
fn secret(uri: &Uri) -> Option<String> {
    let Query(parts) = Query::<Vec<(String, String)>>::try_from_uri(uri).ok()?;
    parts.into_iter().find_map(|(name, value)| (name == "secret").then_some(value))
}

/// The user that a credential is of, as rules know it.
async fn user(
    gateway: &Gateway,
    app: &Arc<App>,
    credential: Credential,
    caller: &Caller,
) -> Result<Document, ApiError> {
    let auth = gateway.auth();
    let config = &app.config.data_api;
    let user = match credential {
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
