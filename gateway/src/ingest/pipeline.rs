//! The steps of an upload, one after the other.

use asymmetric_protocol::{ack::Acknowledgement, batch::Batch};
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

    let inline = encoding == Encoding::Identity && is_small(&received);
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

/// Whether a body takes less than a millisecond to work on, its compressed chunks included.
fn is_small(body: &[u8]) -> bool {
    body.len() <= INLINE_BYTES
        && Batch::parse(body).map_or(true, |batch| batch.document_bytes() <= INLINE_BYTES as u64)
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
    fn batch(bytes: usize) -> Vec<u8> {
        let mut document = u32::try_from(bytes).unwrap().to_le_bytes().to_vec();
        document.resize(bytes, 0);
        batch_in(Codec::Zstd, &[class(1, "plant", "readings")], 1, [(1, document.as_slice())])
    }

    #[test]
    fn a_small_body_that_decompresses_to_much_is_not_small() {
        assert!(is_small(&batch(1024)));
        let large = batch(1024 * 1024);
        assert!(large.len() < INLINE_BYTES, "{} bytes", large.len());
        assert!(!is_small(&large));
        // What is no batch is refused at once.
        assert!(is_small(b"no batch"));
    }
}
