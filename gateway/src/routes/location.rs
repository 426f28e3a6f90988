//! `GET …/app/{app}/location`: where everything else is served.

use std::sync::Arc;

use asymmetric_protocol::client_api::Location;
use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderMap, Uri, header, uri::Authority},
};

use crate::{apps::App, gateway::Gateway, server::Encrypted};

pub(super) async fn location(
    State(gateway): State<Gateway>,
    _: Arc<App>,
    uri: Uri,
    headers: HeaderMap,
    encrypted: Option<Extension<Encrypted>>,
) -> Json<Location> {
    // An empty host name means "the URL that was asked" to clients.
    let asked = || {
        let scheme = if encrypted.is_some() { "https" } else { "http" };
        let authority = asked_authority(&uri, &headers);
        authority.map_or_else(String::new, |authority| format!("{scheme}://{authority}"))
    };
    let hostname = gateway.public_url().map_or_else(asked, str::to_owned);
    let ws_hostname = match hostname.split_once("://") {
        Some(("https", rest)) => format!("wss://{rest}"),
        Some((_, rest)) => format!("ws://{rest}"),
        None => String::new(),
    };
    Json(Location {
        deployment_model: "LOCAL".to_owned(),
        location: "IE".to_owned(),
        hostname,
        ws_hostname,
    })
}

/// Host and port as the client wrote them.
fn asked_authority(uri: &Uri, headers: &HeaderMap) -> Option<Authority> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()?.parse().ok());
    host.or_else(|| uri.authority().cloned()).filter(|authority| !authority.as_str().contains('@'))
}
