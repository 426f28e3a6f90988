//! The steps of an upload, one after the other.

use asymmetric_protocol::ack::Acknowledgement;
use axum::{body::Body, http::HeaderMap};
use bytes::Bytes;
use tokio::task;

use std::sync::Arc;

use super::{
    Sender,
    body::{self, Encoding},
    inflight::Reservation,
    plan::Plan,
};
use crate::{Counters, Gateway, error::ApiError};

/// Size up to which a body is worked on without leaving the async thread: below a millisecond.
const INLINE_BYTES: usize = 128 * 1024;

/// Takes an upload whose sender was checked.
pub(crate) async fn ingest(
    headers: &HeaderMap,
    mut body: Body,
    sender: Sender,
    gateway: &Gateway,
) -> Result<(Acknowledgement, Counters), ApiError> {
    let mut reservation = gateway.in_flight().reservation(sender.app.domain_id, sender.user);
    let received = match Encoding::of(headers) {
        Ok(encoding) => body::receive(&mut body, encoding, &mut reservation)
            .await
            .map(|received| (encoding, received)),
        Err(error) => Err(error),
    };
    let (encoding, received) = match received {
        Ok(received) => received,
        Err(error) => {
            refuse(body).await;
            return Err(error);
        }
    };

    let sender = Arc::new(sender);
    let plan = plan(received, encoding, reservation, Arc::clone(&sender)).await?;
    write(plan, &sender, gateway).await
}

/// Takes a batch that did not come as the body of a request.
pub(crate) async fn integrate(
    batch: Bytes,
    sender: Arc<Sender>,
    gateway: &Gateway,
) -> Result<(Acknowledgement, Counters), ApiError> {
    let mut reservation = gateway.in_flight().reservation(sender.app.domain_id, sender.user);
    reservation.grow_to(batch.len())?;
    let plan = plan(batch, Encoding::Identity, reservation, Arc::clone(&sender)).await?;
    write(plan, &sender, gateway).await
}

async fn write(
    plan: Plan,
    sender: &Sender,
    gateway: &Gateway,
) -> Result<(Acknowledgement, Counters), ApiError> {
    let Plan { client_file, writes, objects } = plan;
    let inserted = gateway.integration().write(client_file, writes, objects.rejected()).await?;
    let conclusion = objects.conclude(inserted)?;
    if conclusion.rejected.is_empty() {
        return Ok(conclusion.with_rejections());
    }
    let keep: Vec<_> =
        conclusion.rejected.iter().map(|object| sender.rejected(client_file, object)).collect();
    match gateway.rejected().keep(&keep).await {
        Ok(()) => Ok(conclusion.with_rejections()),
        // An object is never rejected without a trace; the device sends it again.
        Err(error) if conclusion.counters.acknowledged == 0 => Err(ApiError::Store(error)),
        Err(error) => {
            tracing::warn!(error = %crate::error::chain(&error), "rejected objects were not kept");
            Ok(conclusion.without_rejections())
        }
    }
}

/// Works on a body: here if that takes less than a millisecond, its compressed chunks included.
async fn plan(
    received: Bytes,
    encoding: Encoding,
    mut reservation: Reservation,
    sender: Arc<Sender>,
) -> Result<Plan, ApiError> {
    if encoding == Encoding::Identity && received.len() <= INLINE_BYTES {
        match Plan::of(&received, reservation, &sender, INLINE_BYTES as u64)? {
            Ok(plan) => return Ok(plan),
            Err(back) => reservation = back,
        }
    }
    let work = move || {
        let body = body::decode(received, encoding, &mut reservation)?;
        // Without a limit there is always a plan.
        Plan::of(&body, reservation, &sender, u64::MAX)?.map_err(|_| ApiError::Busy)
    };
    task::spawn_blocking(work).await.map_err(|_| ApiError::ShuttingDown)?
}

/// Lets a client that is refused finish sending, so that it reads why.
pub(crate) async fn refuse(body: Body) {
    body::discard(body).await;
}

#[cfg(test)]
mod tests {
    use asymmetric_protocol::chunk::Codec;

    use super::*;
    use crate::{
        ingest::InFlight,
        testing::{batch_in, class},
    };

    /// A batch of one object of this many bytes, all zeros behind its length.
    fn batch(bytes: usize) -> Bytes {
        let mut document = u32::try_from(bytes).unwrap().to_le_bytes().to_vec();
        document.resize(bytes, 0);
        let classes = [class(1, "plant", "readings")];
        batch_in(Codec::Zstd, &classes, 1, [(1, document.as_slice())]).into()
    }

    fn fits(body: &Bytes) -> bool {
        let sender = Sender::development();
        Plan::of(body, InFlight::only(usize::MAX), &sender, INLINE_BYTES as u64).unwrap().is_ok()
    }

    #[test]
    fn a_small_body_that_decompresses_to_much_is_not_small() {
        assert!(fits(&batch(1024)));
        let large = batch(1024 * 1024);
        assert!(large.len() < INLINE_BYTES, "{} bytes", large.len());
        assert!(!fits(&large));
    }
}
