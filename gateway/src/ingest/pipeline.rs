//! The steps of an upload, one after the other.

use asymmetric_protocol::ack::Acknowledgement;
use axum::{body::Body, http::HeaderMap};
use bytes::Bytes;
use tokio::task;

use super::{
    body::{self, Encoding},
    inflight::{InFlight, Reservation},
    integrate::Integration,
    plan::Plan,
};
use crate::{Counters, error::ApiError};

/// Size up to which a body is worked on without leaving the async thread: below a millisecond.
const INLINE_BYTES: usize = 128 * 1024;

/// Takes an upload whose sender was checked.
pub(crate) async fn ingest(
    headers: &HeaderMap,
    mut body: Body,
    in_flight: &InFlight,
    integration: &Integration,
) -> Result<(Acknowledgement, Counters), ApiError> {
    let mut reservation = in_flight.reservation();
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

    let Plan { client_file, writes, objects } = plan(received, encoding, reservation).await?;
    let inserted = integration.write(client_file, writes, objects.rejected()).await?;
    objects.acknowledge(inserted)
}

/// Works on a body: here if that takes less than a millisecond, its compressed chunks included.
async fn plan(
    received: Bytes,
    encoding: Encoding,
    mut reservation: Reservation,
) -> Result<Plan, ApiError> {
    if encoding == Encoding::Identity && received.len() <= INLINE_BYTES {
        match Plan::of(&received, reservation, INLINE_BYTES as u64)? {
            Ok(plan) => return Ok(plan),
            Err(back) => reservation = back,
        }
    }
    let work = move || {
        let body = body::decode(received, encoding, &mut reservation)?;
        // Without a limit there is always a plan.
        Plan::of(&body, reservation, u64::MAX)?.map_err(|_| ApiError::Busy)
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
    use crate::testing::{batch_in, class};

    /// A batch of one object of this many bytes, all zeros behind its length.
    fn batch(bytes: usize) -> Bytes {
        let mut document = u32::try_from(bytes).unwrap().to_le_bytes().to_vec();
        document.resize(bytes, 0);
        let classes = [class(1, "plant", "readings")];
        batch_in(Codec::Zstd, &classes, 1, [(1, document.as_slice())]).into()
    }

    fn fits(body: &Bytes) -> bool {
        let reservation = InFlight::new(usize::MAX).reservation();
        Plan::of(body, reservation, INLINE_BYTES as u64).unwrap().is_ok()
    }

    #[test]
    fn a_small_body_that_decompresses_to_much_is_not_small() {
        assert!(fits(&batch(1024)));
        let large = batch(1024 * 1024);
        assert!(large.len() < INLINE_BYTES, "{} bytes", large.len());
        assert!(!fits(&large));
    }
}
