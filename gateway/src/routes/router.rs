//! Which path is answered by what.

use std::sync::Arc;

use axum::{
    Router,
    extract::{FromRequestParts, RawPathParams},
    http::{Uri, request::Parts},
    middleware,
    routing::{delete, get, post, put},
};

use super::{accounts, api_keys, call, cors, data_api, health, ingest, location, login, session};
use crate::{admin, apps::App, device_sync, error::ApiError, gateway::Gateway, telemetry::observe};

/// Whom an address serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Devices and applications.
    Clients,
    /// Those who configure apps, and monitoring.
    Administrators,
    /// All of them.
    Both,
}

/// All routes of a gateway for these.
pub(crate) fn router(gateway: Gateway, audience: Audience) -> Router {
    let mut router =
        Router::new().route("/healthz", get(health::alive)).route("/readyz", get(health::ready));
    if audience != Audience::Administrators {
        router = router.merge(of_clients());
    }
    if audience != Audience::Clients {
        router = router.merge(admin::router(&gateway)).route("/metrics", get(health::metrics));
    }
    router
        .fallback(no_route)
        .method_not_allowed_fallback(no_route)
        .layer(middleware::from_fn_with_state(gateway.clone(), cors::check))
        .layer(middleware::from_fn_with_state(gateway.clone(), observe))
        .with_state(gateway)
}

fn of_clients() -> Router<Gateway> {
    let accounts = Router::new()
        .route("/register", post(accounts::register))
        .route("/confirm", post(accounts::confirm))
        .route("/confirm/send", post(accounts::send_confirmation))
        .route("/confirm/call", post(accounts::call_confirmation))
        .route("/reset", post(accounts::reset))
        .route("/reset/send", post(accounts::send_reset))
        .route("/reset/call", post(accounts::call_reset));
    let app = Router::new()
        .route("/location", get(location::location))
        .nest("/auth/providers/local-userpass", accounts)
        .route("/auth/providers/{provider}/login", post(login::login))
        .route("/functions/call", post(call::call).get(call::watch))
        .route("/ingest", post(ingest::ingest))
        .route("/realm-sync", get(device_sync::connect));
    let auth = Router::new()
        .route("/session", post(session::refresh).delete(session::log_out))
        .route("/profile", get(session::profile))
        .route("/delete", delete(session::delete_user))
        .route("/api_keys", get(api_keys::list).post(api_keys::create))
        .route("/api_keys/{id}", get(api_keys::fetch).delete(api_keys::delete))
        .route("/api_keys/{id}/enable", put(api_keys::enable))
        .route("/api_keys/{id}/disable", put(api_keys::disable));
    Router::new()
        .nest("/api/client/v2.0/app/{app}", app)
        .nest("/api/client/v2.0/auth", auth)
        .route("/app/{app}/endpoint/data/{version}/action/{action}", post(data_api::action))
}

async fn no_route(uri: Uri) -> ApiError {
    ApiError::NoRoute(uri.path().to_owned())
}

/// The app that the path names.
impl FromRequestParts<Gateway> for Arc<App> {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        gateway: &Gateway,
    ) -> Result<Self, Self::Rejection> {
        let parameters = RawPathParams::from_request_parts(parts, gateway).await;
        let parameters = parameters.map_err(|_| ApiError::NoApp(String::new()))?;
        let id = parameters.iter().find_map(|(name, value)| (name == "app").then_some(value));
        let id = id.unwrap_or_default();
        gateway.apps().find(id).ok_or_else(|| ApiError::NoApp(id.to_owned()))
    }
}
