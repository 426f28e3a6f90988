//! Reading the body of an upload into memory, within bounds.

use std::{io::Read, time::Duration};

use asymmetric_protocol::{batch::CONTENT_TYPE, limits::MAX_BATCH_BYTES};
use axum::{
    body::Body,
    http::{HeaderMap, header},
};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout, timeout_at};

use super::inflight::Reservation;
use crate::error::ApiError;

/// How long a body may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(60);
/// How long a refused body is read on, so that the client gets to see the answer.
const DISCARD: Duration = Duration::from_secs(10);
/// Compression may make incompressible data a little larger.
const COMPRESSION_SLACK: usize = 64 * 1024;
/// Largest window a zstd frame may ask for, as a power of two: the 8 MiB that every decoder has to
/// support.
const WINDOW_LOG_MAX: u32 = 23;
const STEP_BYTES: usize = 128 * 1024;

/// How the body is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Identity,
    Zstd,
}

impl Encoding {
    /// Reads the headers of an upload.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, ApiError> {
        let content_type = text_of(headers, header::CONTENT_TYPE);
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case(CONTENT_TYPE) {
            return Err(ApiError::Unsupported { header: "Content-Type", value: content_type });
        }
        let encoding = text_of(headers, header::CONTENT_ENCODING);
        match encoding.to_ascii_lowercase().as_str() {
            "" | "identity" => Ok(Self::Identity),
            "zstd" => Ok(Self::Zstd),
            _ => Err(ApiError::Unsupported { header: "Content-Encoding", value: encoding }),
        }
    }

    const fn limit(self) -> usize {
        match self {
            Self::Identity => MAX_BATCH_BYTES,
            Self::Zstd => MAX_BATCH_BYTES + COMPRESSION_SLACK,
        }
    }
}

fn text_of(headers: &HeaderMap, name: header::HeaderName) -> String {
    let value = headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()));
    value.unwrap_or_default().trim().to_owned()
}

/// Receives a body as it was sent.
///
/// # Cancel safety
///
/// Dropping the future drops what has arrived.
pub(super) async fn receive(
    body: &mut Body,
    encoding: Encoding,
    reservation: &mut Reservation,
) -> Result<Bytes, ApiError> {
    let limit = encoding.limit();
    let announced = axum::body::HttpBody::size_hint(body).lower();
    let announced = usize::try_from(announced).unwrap_or(usize::MAX);
    if announced > limit {
        return Err(ApiError::TooLarge { limit });
    }
    reservation.grow_to(announced)?;
    let deadline = Instant::now() + ARRIVAL;
    let mut received = BytesMut::with_capacity(announced);
    loop {
        let frame = timeout_at(deadline, body.frame()).await;
        let Some(frame) = frame.map_err(|_| ApiError::Slow(ARRIVAL))? else { break };
        let Ok(data) = frame.map_err(ApiError::Interrupted)?.into_data() else { continue };
        let size = received.len() + data.len();
        if size > limit {
            return Err(ApiError::TooLarge { limit });
        }
        reservation.grow_to(size)?;
        received.extend_from_slice(&data);
    }
    Ok(received.freeze())
}

/// Reads the rest of a body and throws it away: a client that is still sending when the connection
/// is closed never sees the answer. Gives up on bodies that no client of ours would send.
pub(super) async fn discard(mut body: Body) {
    let mut left = MAX_BATCH_BYTES + COMPRESSION_SLACK;
    let reading = async {
        while let Some(Ok(frame)) = body.frame().await {
            let size = frame.data_ref().map_or(0, Bytes::len);
            let Some(rest) = left.checked_sub(size) else { break };
            left = rest;
        }
    };
    // Whether it ended or not, the answer is sent now.
    timeout(DISCARD, reading).await.unwrap_or_default();
}

/// Undoes the encoding of a body. Blocks for up to some tens of milliseconds.
pub(super) fn decode(
    body: Bytes,
    encoding: Encoding,
    reservation: &mut Reservation,
) -> Result<Bytes, ApiError> {
    match encoding {
        Encoding::Identity => Ok(body),
        Encoding::Zstd => decompress(&body, reservation),
    }
}

fn decompress(body: &[u8], reservation: &mut Reservation) -> Result<Bytes, ApiError> {
    let mut decoder =
        zstd::stream::read::Decoder::with_buffer(body).map_err(ApiError::Decompress)?;
    decoder.window_log_max(WINDOW_LOG_MAX).map_err(ApiError::Decompress)?;
    let mut plain = Vec::new();
    loop {
        let size = plain.len();
        // What the vector holds in reserve is memory, too.
        reservation.grow_to(body.len() + plain.capacity().max(size + STEP_BYTES))?;
        let mut step = decoder.by_ref().take(STEP_BYTES as u64);
        step.read_to_end(&mut plain).map_err(ApiError::Decompress)?;
        if plain.len() == size {
            return Ok(plain.into());
        }
        if plain.len() > MAX_BATCH_BYTES {
            return Err(ApiError::TooLarge { limit: MAX_BATCH_BYTES });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::InFlight;

    fn decompressed(plain: &[u8], budget: usize) -> Result<Bytes, ApiError> {
        let body = zstd::encode_all(plain, 1).unwrap();
        let mut reservation = InFlight::only(budget);
        decode(body.into(), Encoding::Zstd, &mut reservation)
    }

    #[test]
    fn a_compressed_body_reads_back_up_to_the_limit() {
        let plain = vec![7; MAX_BATCH_BYTES];
        assert_eq!(decompressed(&plain, usize::MAX).unwrap(), plain);
        let larger = vec![7; MAX_BATCH_BYTES + 1];
        assert!(matches!(decompressed(&larger, usize::MAX), Err(ApiError::TooLarge { .. })));
    }

    #[test]
    fn a_small_body_that_grows_beyond_the_budget_is_refused() {
        let plain = vec![7; 4 * 1024 * 1024];
        assert!(matches!(decompressed(&plain, 1024 * 1024), Err(ApiError::Busy)));
    }

    #[test]
    fn damaged_and_cut_bodies_are_refused() {
        let mut reservation = InFlight::only(usize::MAX);
        let body = zstd::encode_all([7; 10_000].as_slice(), 1).unwrap();
        for bad in [b"ASYB".to_vec(), body[..body.len() - 1].to_vec()] {
            let result = decode(bad.into(), Encoding::Zstd, &mut reservation);
            assert!(matches!(result, Err(ApiError::Decompress(_))));
        }
    }
}
