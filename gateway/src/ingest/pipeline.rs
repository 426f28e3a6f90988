//! The steps of an upload, one after the other.

use asymmetric_protocol::ack::Acknowledgement;
use axum::{body::Body, http::HeaderMap};
use tokio::task;

use super::{
    body::{self, Encoding},
    inflight::InFlight,
    plan::Plan,
    write::WritePath,
};
use crate::{Counters, error::ApiError};

/// Size up to which a body is worked on without leaving the async thread: below a millisecond.
const INLINE_BYTES: usize = 128 * 1024;

/// Takes an upload whose sender was checked.
pub(crate) async fn ingest(
    headers: &HeaderMap,
    mut body: Body,
    in_flight: &InFlight,
    write_path: &WritePath,
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

    let inline = encoding == Encoding::Identity && received.len() <= INLINE_BYTES;
    let work = move || {
        let body = body::decode(received, encoding, &mut reservation)?;
        Plan::of(&body, reservation)
    };
    let worked: Result<_, ApiError> = if inline {
        work()
    } else {
        task::spawn_blocking(work).await.map_err(|_| ApiError::ShuttingDown)?
    };
    let (inserts, objects) = worked?.split();
    let inserted = write_path.write(inserts).await;
    objects.acknowledge(inserted)
}

/// Lets a client that is refused finish sending, so that it reads why.
pub(crate) async fn refuse(body: Body) {
    body::discard(body).await;
}
