//! What is seen of a device while its web socket is open: metrics, lines of log, and entries in the
//! log of the Admin API, like those of requests. All bear the id of the request that opened it.

use std::sync::Arc;

use asymmetric_device_sync::negotiation::ProtocolVersion;
use bson::{DateTime, oid::ObjectId};
use tracing::Span;

use super::outcome::Outcome;
use crate::{admin::Entry, gateway::Gateway, ingest::Sender, telemetry::Connected};

/// Watches one web socket, until it is dropped.
#[derive(Debug)]
pub(super) struct Watch {
    gateway: Gateway,
    sender: Arc<Sender>,
    id: ObjectId,
    path: String,
    started: DateTime,
    span: Span,
    _connected: Connected,
}

impl Watch {
    /// A device has come. `id` and `path` are those of its request.
    pub(super) fn begin(
        gateway: &Gateway,
        sender: &Arc<Sender>,
        version: ProtocolVersion,
        id: ObjectId,
        path: &str,
    ) -> Self {
        let (app, user, protocol) = (&sender.app.client_app_id, sender.user, version.number());
        let span = tracing::info_span!("device", %id, app, %user, protocol);
        span.in_scope(|| tracing::info!("a device connected"));
        Self {
            gateway: gateway.clone(),
            sender: Arc::clone(sender),
            id,
            path: path.to_owned(),
            started: DateTime::now(),
            span,
            _connected: gateway.telemetry().device_connected(protocol),
        }
    }

    /// What the lines of log about the device are in.
    pub(super) fn span(&self) -> Span {
        self.span.clone()
    }

    /// An upload was worked on.
    pub(super) fn uploaded(&self, started: DateTime, outcome: &Outcome) {
        let error = match outcome {
            Outcome::Stored(_) => None,
            Outcome::Failed(error) => {
                Some((error.message.clone(), format!("SyncError{}", error.code.number())))
            }
        };
        let word = if error.is_none() { "stored" } else { "failed" };
        self.gateway.telemetry().device_uploaded(word);
        self.log("SYNC_CLIENT_WRITE", started, error);
    }

    fn log(&self, kind: &'static str, started: DateTime, error: Option<(String, String)>) {
        self.gateway.log().push(Entry {
            id: ObjectId::new(),
            co_id: self.id.to_hex(),
            kind,
            client_app_id: self.sender.app.client_app_id.clone(),
            user_id: Some(self.sender.user),
            // The request that opened the socket tells it.
            remote: None,
            path: self.path.clone(),
            method: "GET".to_owned(),
            started,
            completed: DateTime::now(),
            status: if error.is_none() { 200 } else { 503 },
            error,
        });
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.span.in_scope(|| tracing::info!("a device is gone"));
        self.log("SYNC_CONNECTION_END", self.started, None);
    }
}
