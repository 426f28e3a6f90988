//! `GET …/app/{app}/realm-sync`: from a request to a web socket.

use std::{sync::Arc, time::Duration};

use asymmetric_device_sync::{
    message::{ErrorCode, ServerError, ServerMessage},
    negotiation::{Mode, Negotiated, negotiate},
};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use tokio::time::Instant;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message,
        handshake::derive_accept_key,
        protocol::{Role, WebSocketConfig},
    },
};
use tracing::Instrument as _;

use super::{
    connection::{self, expired, send_away},
    multiplexer::Multiplexer,
    upload::Uploads,
    watch::Watch,
};
use crate::{
    apps::App,
    auth::Access,
    classes::Origin,
    error::ApiError,
    gateway::Gateway,
    ingest::Sender,
    server::{Stopping, Upgrade},
    telemetry::Note,
};

/// Largest message. A client sends more than 16 MiB only if a single transaction has it.
const MAX_MESSAGE_BYTES: usize = 21 * 1024 * 1024;
/// How long a client that is sent away may take to read why.
const FAREWELL: Duration = Duration::from_secs(10);

/// Opens the web socket of a device.
///
/// A token that is not accepted is told over the web socket where the client understands it: many
/// SDKs cannot see the status of an answer.
pub(crate) async fn connect(
    State(gateway): State<Gateway>,
    app: Arc<App>,
    mut request: Request,
) -> Result<Response, ApiError> {
    let key = web_socket_key(request.headers())?.to_owned();
    let offered = request.headers().get(header::SEC_WEBSOCKET_PROTOCOL);
    let offered = offered.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let Some(negotiated) = negotiate(&offered) else {
        return Err(ApiError::BadRequest(
            "no version of the sync protocol that both sides speak was offered".to_owned(),
        ));
    };
    let access = match access(&gateway, &app, request.uri().query().unwrap_or_default()) {
        Err(error) if !negotiated.version.has_close_codes() => return Err(error),
        access => access,
    };
    let note = request.extensions().get::<Note>().cloned().unwrap_or_default();
    if let Ok((access, _)) = &access {
        note.user(access.user_id, access.domain_id);
    }
    let (id, path) = (note.id(), request.uri().path().to_owned());
    let access = match access {
        Ok((access, expires)) => {
            let sender = Sender::of(app, &access, Origin::DeviceSync, &gateway).await?;
            Ok((Arc::new(sender), expires))
        }
        Err(error) => Err(error),
    };
    let Negotiated { token, mode, version } = negotiated;
    let answer = Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(header::CONNECTION, "upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_ACCEPT, derive_accept_key(key.as_bytes()))
        .header(header::SEC_WEBSOCKET_PROTOCOL, token)
        .body(Body::empty())
        .map_err(|error| ApiError::BadRequest(error.to_string()))?;

    let serve = move |stream, stopping: Stopping| async move {
        let config = WebSocketConfig::default()
            .max_message_size(Some(MAX_MESSAGE_BYTES))
            .max_frame_size(Some(MAX_MESSAGE_BYTES));
        let mut socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await;
        match (access, mode) {
            (Err(error), _) => {
                tracing::debug!(%error, "device sent for another access token");
                send_away(&mut socket, expired(), FAREWELL).await;
            }
            (Ok(_), Mode::Partition) => {
                let error = ServerError::new(
                    ErrorCode::SwitchToFlexibleSync,
                    "this server takes asymmetric objects, which need flexible sync: open the \
                     realm with a flexible sync configuration",
                );
                let message = ServerMessage::Error { session: 0, error: &error }.encode(version);
                send_away(&mut socket, Message::Binary(message.into()), FAREWELL).await;
            }
            (Ok((sender, expires)), Mode::Flexible) => {
                let watch = Watch::begin(&gateway, &sender, version, id, &path);
                let multiplexer = Multiplexer::new(version).known_as(id.to_hex());
                let span = watch.span();
                let uploads = Uploads { gateway, sender, watch };
                connection::serve(socket, multiplexer, expires, &uploads, stopping)
                    .instrument(span)
                    .await;
            }
        }
    };
    if !Upgrade::take_over(request.extensions_mut(), serve) {
        return Err(ApiError::BadRequest(
            "web sockets are only served on the gateway's own connections".to_owned(),
        ));
    }
    Ok(answer)
}

/// The key of a well-formed request for a web socket.
fn web_socket_key(headers: &HeaderMap) -> Result<&str, ApiError> {
    let names = |name, wanted: &str| {
        headers
            .get_all(name)
            .iter()
            .filter_map(|value: &HeaderValue| value.to_str().ok())
            .any(|value| value.split(',').any(|word| word.trim().eq_ignore_ascii_case(wanted)))
    };
    let key = headers.get(header::SEC_WEBSOCKET_KEY).and_then(|key| key.to_str().ok());
    match key {
        Some(key)
            if names(header::CONNECTION, "upgrade")
                && names(header::UPGRADE, "websocket")
                && names(header::SEC_WEBSOCKET_VERSION, "13") =>
        {
            Ok(key)
        }
        _ => Err(ApiError::BadRequest("this route is for web sockets, version 13".to_owned())),
    }
}

/// Whom the token in the query speaks for, and until when.
fn access(gateway: &Gateway, app: &App, query: &str) -> Result<(Access, Instant), ApiError> {
    let token = query.split('&').find_map(|pair| pair.strip_prefix("baas_at="));
    let token = token.filter(|token| !token.is_empty()).ok_or(ApiError::NoToken)?;
    let access = gateway.auth().verify_access(token).map_err(ApiError::Token)?;
    if access.domain_id != app.domain_id {
        return Err(ApiError::OtherApp);
    }
    let left = access.expires_at.saturating_sub(now());
    Ok((access, Instant::now() + Duration::from_secs(left)))
}

/// Seconds since 1970.
fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}
