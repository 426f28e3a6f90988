//! Around every request.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    extract::{FromRequestParts, MatchedPath, RawPathParams, Request, State},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use bson::{DateTime, oid::ObjectId};
use tokio::time::Instant;
use tracing::Instrument;

use crate::{
    admin::Entry,
    gateway::Gateway,
    routes::{Peer, Remote, client},
};

const HEADER: HeaderName = HeaderName::from_static("x-appservices-request-id");

/// What a handler finds out about a request that is of use to whoever reads the log.
#[derive(Clone, Debug, Default)]
pub(crate) struct Note {
    id: ObjectId,
    noted: Arc<Mutex<Noted>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Noted {
    user_id: Option<ObjectId>,
    domain_id: Option<ObjectId>,
}

impl Note {
    fn of(id: ObjectId) -> Self {
        Self { id, noted: Arc::default() }
    }

    /// The correlation id of the request.
    pub(crate) const fn id(&self) -> ObjectId {
        self.id
    }

    /// The request is one of this user.
    pub(crate) fn user(&self, user_id: ObjectId, domain_id: ObjectId) {
        let noted = Noted { user_id: Some(user_id), domain_id: Some(domain_id) };
        *self.noted.lock().unwrap_or_else(PoisonError::into_inner) = noted;
    }

    fn read(&self) -> Noted {
        *self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a request failed, as the client was told. Answers carry it to [`observe`].
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) code: &'static str,
}

/// Gives a request its correlation id, counts it, and writes it down.
pub(crate) async fn observe(
    State(gateway): State<Gateway>,
    matched: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let id = ObjectId::new();
    let (mut parts, body) = request.into_parts();
    let app = named_app(&mut parts, &gateway).await;
    if let Some(Peer(peer)) = parts.extensions.get_mut::<Peer>() {
        peer.set_ip(client(gateway.proxies(), peer.ip(), &parts.headers));
    }
    let remote = Remote::of(&parts).0;
    let note = Note::of(id);
    parts.extensions.insert(note.clone());
    // The query stays out of all logs: some clients put their token there.
    let (method, path) = (parts.method.clone(), parts.uri.path().to_owned());
    let route = matched.as_ref().map_or("none", MatchedPath::as_str);
    let span = tracing::info_span!("request", id = %id, %method, path);
    let running = gateway.telemetry().begin();
    let (started, clock) = (DateTime::now(), Instant::now());

    let request = Request::from_parts(parts, body);
    let mut response = next.run(request).instrument(span.clone()).await;

    drop(running);
    let (status, took) = (response.status().as_u16(), clock.elapsed());
    gateway.telemetry().answered(route, method.as_str(), status, took);
    let noted = note.read();
    let app = app.or_else(|| {
        let app = gateway.apps().of_domain(noted.domain_id?)?;
        Some(app.client_app_id.clone())
    });
    if let Some(client_app_id) = app {
        gateway.telemetry().asked(&client_app_id);
        let failure = response.extensions_mut().remove::<Failure>();
        gateway.log().push(Entry {
            id,
            co_id: id.to_hex(),
            kind: kind(&path),
            client_app_id,
            user_id: noted.user_id,
            remote,
            path,
            method: method.to_string(),
            started,
            completed: DateTime::now(),
            status,
            error: failure.map(|Failure { message, code }| (message, code.to_owned())),
        });
    }
    span.in_scope(|| {
        let user = noted.user_id.map(tracing::field::display);
        tracing::debug!(status, took_us = took.as_micros(), user, "answered");
    });
    if let Ok(id) = HeaderValue::from_str(&id.to_hex()) {
        response.headers_mut().insert(HEADER, id);
    }
    response
}

/// The configured app that the path names, by either of its ids.
async fn named_app(parts: &mut axum::http::request::Parts, gateway: &Gateway) -> Option<String> {
    let parameters = RawPathParams::from_request_parts(parts, gateway).await.ok()?;
    parameters.iter().find_map(|(name, value)| match name {
        "app" => gateway.apps().is_configured(value).then(|| value.to_owned()),
        "appId" => {
            let app = gateway.apps().get(ObjectId::parse_str(value).ok()?)?;
            Some(app.state.client_app_id.clone())
        }
        _ => None,
    })
}

/// What App Services calls a request to this path.
fn kind(path: &str) -> &'static str {
    let has = |part: &str| path.contains(part);
    if path.starts_with("/api/admin/") {
        "API"
    } else if has("/functions/call") {
        "SERVICE_FUNCTION"
    } else if has("/ingest") {
        "SYNC_CLIENT_WRITE"
    } else if has("/realm-sync") {
        "SYNC_CONNECTION_START"
    } else if has("/endpoint/") {
        "ENDPOINT"
    } else if has("/auth/api_keys") {
        "API_KEY"
    } else if has("/auth/") {
        "AUTH"
    } else {
        "API"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_have_the_kinds_of_app_services() {
        for (path, expected) in [
            ("/api/admin/v3.0/groups/g/apps/a/functions", "API"),
            ("/api/client/v2.0/app/a/functions/call", "SERVICE_FUNCTION"),
            ("/api/client/v2.0/app/a/ingest", "SYNC_CLIENT_WRITE"),
            ("/api/client/v2.0/app/a/auth/providers/anon-user/login", "AUTH"),
            ("/api/client/v2.0/auth/api_keys/x", "API_KEY"),
            ("/app/a/endpoint/data/v1/action/insertOne", "ENDPOINT"),
            ("/api/client/v2.0/app/a/location", "API"),
        ] {
            assert_eq!(kind(path), expected, "{path}");
        }
    }
}
