//! Which path is answered by what.

use std::sync::Arc;

use axum::{
    Router,
    extract::{FromRequestParts, RawPathParams},
    http::{Uri, request::Parts},
    middleware,
    routing::{MethodRouter, delete, get, post, put},
};

use super::{
    Remote, accounts, api_keys, call, cors, data_api, health, ingest, location, login, session,
};
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
        for (path, handler) in client_routes() {
            router = router.route(path, handler);
        }
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

/// A path below that of an app.
macro_rules! app {
    ($path:literal) => {
        concat!("/api/client/v2.0/app/{app}", $path)
    };
}

/// A path of users, whatever their app.
macro_rules! auth {
    ($path:literal) => {
        concat!("/api/client/v2.0/auth", $path)
    };
}

/// Every route for clients.
pub(super) fn client_routes() -> Vec<(&'static str, MethodRouter<Gateway>)> {
    vec![
        (app!("/location"), get(location::location)),
        (app!("/auth/providers/local-userpass/register"), post(accounts::register)),
        (app!("/auth/providers/local-userpass/confirm"), post(accounts::confirm)),
        (app!("/auth/providers/local-userpass/confirm/send"), post(accounts::send_confirmation)),
        (app!("/auth/providers/local-userpass/confirm/call"), post(accounts::call_confirmation)),
        (app!("/auth/providers/local-userpass/reset"), post(accounts::reset)),
        (app!("/auth/providers/local-userpass/reset/send"), post(accounts::send_reset)),
        (app!("/auth/providers/local-userpass/reset/call"), post(accounts::call_reset)),
        (app!("/auth/providers/{provider}/login"), post(login::login)),
        (app!("/functions/call"), post(call::call).get(call::watch)),
        (app!("/ingest"), post(ingest::ingest)),
        (app!("/realm-sync"), get(device_sync::connect)),
        (auth!("/session"), post(session::refresh).delete(session::log_out)),
        (auth!("/profile"), get(session::profile)),
        (auth!("/delete"), delete(session::delete_user)),
        (auth!("/api_keys"), get(api_keys::list).post(api_keys::create)),
        (auth!("/api_keys/{id}"), get(api_keys::fetch).delete(api_keys::delete)),
        (auth!("/api_keys/{id}/enable"), put(api_keys::enable)),
        (auth!("/api_keys/{id}/disable"), put(api_keys::disable)),
        ("/app/{app}/endpoint/data/{version}/action/{action}", post(data_api::action)),
    ]
}

async fn no_route(uri: Uri) -> ApiError {
    ApiError::NoRoute(uri.path().to_owned())
}

/// The app that the path names, if whoever asks may reach it.
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
        let app = gateway.apps().find(id).ok_or_else(|| ApiError::NoApp(id.to_owned()))?;
        app.check_address(Remote::of(parts).0)?;
        Ok(app)
    }
}
