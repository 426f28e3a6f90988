//! `POST …/app/{app}/ingest`: uploads of outboxes.

use std::sync::Arc;

use asymmetric_protocol::ack::Acknowledgement;
use axum::{
    Json,
    extract::{FromRequestParts, Request, State},
    http::request::Parts,
};

use crate::{
    apps::App,
    auth::Access,
    classes::Origin,
    error::ApiError,
    gateway::Gateway,
    ingest::{self, Sender},
};

pub(super) async fn ingest(
    State(gateway): State<Gateway>,
    request: Request,
) -> Result<Json<Acknowledgement>, ApiError> {
    let (mut parts, body) = request.into_parts();
    let sender = match authorize(&mut parts, &gateway).await {
        Ok(sender) => sender,
        Err(error) => {
            ingest::refuse(body).await;
            return Err(error);
        }
    };
    let app = Arc::clone(&sender.app);
    let (answer, counters) = ingest::ingest(&parts.headers, body, sender, &gateway).await?;
    gateway.count(&counters);
    if let Some(first) = answer.rejected.first() {
        tracing::warn!(
            app = app.client_app_id,
            rejected = counters.rejected,
            code = %first.code,
            "objects refused: `asymmetric rejected list` tells why"
        );
    }
    tracing::debug!(
        acknowledged = counters.acknowledged,
        duplicates = counters.duplicates,
        rejected = counters.rejected,
        bytes = counters.bytes,
        "batch stored"
    );
    Ok(Json(answer))
}

async fn authorize(parts: &mut Parts, gateway: &Gateway) -> Result<Sender, ApiError> {
    let app = Arc::<App>::from_request_parts(parts, gateway).await?;
    let access = Access::from_request_parts(parts, gateway).await?;
    if access.domain_id != app.domain_id {
        return Err(ApiError::OtherApp);
    }
    Ok(Sender::of(app, &access, Origin::Outbox, gateway).await?)
}
