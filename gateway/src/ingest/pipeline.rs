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
    use std::convert::Infallible;

    use asymmetric_protocol::{
        ClientFileId, SequenceNumber,
        batch::BatchWriter,
        chunk::{ClassId, Codec, Objects},
    };

    use super::*;

    /// A batch of one object of this many bytes, all zeros behind its length.
    fn batch(bytes: usize) -> Vec<u8> {
        let mut objects = Objects::new();
        let Ok(_) = objects.push_with(ClassId::new(0), |out| {
            let start = out.len();
            out.extend_from_slice(&u32::try_from(bytes).unwrap().to_le_bytes());
            out.resize(start + bytes, 0);
            Ok::<_, Infallible>(())
        });
        let class = asymmetric_protocol::batch::ClassEntry {
            id: ClassId::new(0),
            fingerprint: asymmetric_schema::Fingerprint::from_bytes([0; 32]),
            time_series: false,
            title: "Reading".into(),
            data_source: "mongodb-atlas".into(),
            database: "telemetry".into(),
            collection: "readings".into(),
        };
        let mut writer = BatchWriter::new(ClientFileId::from_bytes([0; 12]), [&class]);
        let first = SequenceNumber::FIRST;
        let Ok(()) = objects.cut(0, first, 0, Codec::Zstd, &mut Vec::new(), |_, chunk| {
            writer.push(chunk);
            Ok::<_, Infallible>(())
        });
        writer.finish()
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
