//! Who comes through to a route, and what a route may ask of its request.

use std::{collections::HashMap, sync::Arc};

use axum::{
    body::{Body, to_bytes},
    extract::{FromRequest, FromRequestParts, Query, RawPathParams, Request, State},
    http::{header, request::Parts},
    middleware::Next,
    response::Response,
};
use bson::oid::ObjectId;
use serde::de::DeserializeOwned;

use super::{account::Caller, refusal::Refusal};
use crate::{apps::Configured, error::ApiError, gateway::Gateway, routes::Bearer};

/// Largest body, but for files.
const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;
/// Largest body that brings a whole app.
pub(super) const MAX_APP_BYTES: usize = 64 * 1024 * 1024;

/// Lets administrators through whose token is good. If the path names an app, it must be there, in
/// the project that the path names.
pub(super) async fn guard(
    State(gateway): State<Gateway>,
    parameters: RawPathParams,
    Bearer(token): Bearer,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let caller = gateway.admins().verify(&token).await?;
    let named = |wanted: &str| {
        let found = parameters.iter().find(|(name, _)| *name == wanted);
        found.map(|(_, value)| ObjectId::parse_str(value).ok())
    };
    let no_app = || Refusal::not_found("AppNotFound", "app");
    if let Some(app) = named("appId") {
        let app = app.and_then(|id| gateway.apps().get(id)).ok_or_else(no_app)?;
        if named("groupId").flatten() != Some(app.state.group_id) {
            return Err(no_app().into());
        }
        request.extensions_mut().insert(Target(app));
    }
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}

impl FromRequestParts<Gateway> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Gateway) -> Result<Self, ApiError> {
        let caller = parts.extensions.get::<Self>().cloned();
        caller.ok_or_else(|| Refusal::session("invalid session").into())
    }
}

/// The app that the path names.
#[derive(Clone)]
pub(super) struct Target(pub(super) Arc<Configured>);

impl std::ops::Deref for Target {
    type Target = Configured;

    fn deref(&self) -> &Configured {
        &self.0
    }
}

impl FromRequestParts<Gateway> for Target {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Gateway) -> Result<Self, ApiError> {
        let target = parts.extensions.get::<Self>().cloned();
        target.ok_or_else(|| Refusal::not_found("AppNotFound", "app").into())
    }
}

/// What stands in the place of the braces of a path.
#[derive(Clone)]
pub(super) struct Parameters(HashMap<String, String>);

impl Parameters {
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// An id. What is none is the id of nothing.
    pub(super) fn id(&self, name: &str) -> Option<ObjectId> {
        ObjectId::parse_str(self.text(name)).ok()
    }
}

impl FromRequestParts<Gateway> for Parameters {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, gateway: &Gateway) -> Result<Self, ApiError> {
        let parameters = RawPathParams::from_request_parts(parts, gateway).await;
        let parameters = parameters.map_err(|e| ApiError::BadRequest(e.to_string()))?;
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Ok(Self(parameters.iter().map(owned).collect()))
    }
}

/// What follows the question mark.
pub(super) struct Asked(HashMap<String, String>);

impl Asked {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(super) fn is(&self, name: &str, value: &str) -> bool {
        self.get(name) == Some(value)
    }
}

impl FromRequestParts<Gateway> for Asked {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, gateway: &Gateway) -> Result<Self, ApiError> {
        let query = Query::<HashMap<String, String>>::from_request_parts(parts, gateway).await;
        let Query(query) = query.map_err(|e| ApiError::BadRequest(e.to_string()))?;
        Ok(Self(query))
    }
}

/// A body of JSON, whatever its content type says; nothing is an empty object.
pub(super) struct JsonBody<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Gateway> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &Gateway) -> Result<Self, ApiError> {
        let bytes = read(request.into_body(), MAX_BODY_BYTES).await?;
        let bytes: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        let parsed = serde_json::from_slice(bytes);
        parsed.map(Self).map_err(|error| ApiError::BadRequest(error.to_string()))
    }
}

/// A whole app as it was sent.
pub(super) struct AppBody {
    pub(super) zip: bool,
    pub(super) bytes: bytes::Bytes,
}

impl FromRequest<Gateway> for AppBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &Gateway) -> Result<Self, ApiError> {
        let content_type = request.headers().get(header::CONTENT_TYPE);
        let zip =
            content_type.is_some_and(|value| value.as_bytes().starts_with(b"application/zip"));
        Ok(Self { zip, bytes: read(request.into_body(), MAX_APP_BYTES).await? })
    }
}

async fn read(body: Body, limit: usize) -> Result<bytes::Bytes, ApiError> {
    to_bytes(body, limit).await.map_err(|_| ApiError::TooLarge { limit })
}
