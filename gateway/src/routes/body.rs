//! Bodies of requests: JSON of a limited size, or nothing.

use axum::{
    body::{Body, to_bytes},
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use bson::Bson;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::task;

use crate::{ejson, error::ApiError};

/// Bodies of credentials, names and tokens are short.
pub(super) const SHORT: usize = 64 * 1024;

/// How many bytes a body has, as far as its sender says so, or may have.
pub(super) fn length(headers: &HeaderMap, limit: usize) -> usize {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    length.and_then(|length| length.parse().ok()).unwrap_or(limit).min(limit)
}

/// All bytes of a body, if they are not more than `limit`.
pub(super) async fn bytes(
    headers: &HeaderMap,
    body: Body,
    limit: usize,
) -> Result<Bytes, ApiError> {
    // Whatever is not understood would be taken for JSON and refused with a misleading word.
    if let Some(encoding) = headers.get(header::CONTENT_ENCODING)
        && encoding != "identity"
    {
        let value = encoding.to_str().unwrap_or("?").to_owned();
        return Err(ApiError::Unsupported { header: "content-encoding", value });
    }
    to_bytes(body, limit).await.map_err(|error| {
        let inner = error.into_inner();
        if inner.is::<http_body_util::LengthLimitError>() {
            ApiError::TooLarge { limit }
        } else {
            ApiError::Interrupted(axum::Error::new(inner))
        }
    })
}

/// The JSON of a short body; null for none at all.
pub(super) async fn json(headers: &HeaderMap, body: Body, limit: usize) -> Result<Value, ApiError> {
    let bytes = bytes(headers, body, limit).await?;
    if bytes.is_empty() { Ok(Value::Null) } else { parse(&bytes) }
}

/// A short body of JSON, whatever its content type says.
pub(super) struct Short<T>(pub(super) T);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for Short<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        parse(&bytes(&parts.headers, body, SHORT).await?).map(Self)
    }
}

/// Size up to which JSON is read or written without leaving the async thread.
const INLINE_BYTES: usize = 64 * 1024;

/// The values that a body of extended JSON holds. A long one is read on a thread that may block.
pub(super) async fn extended(bytes: Bytes) -> Result<Bson, ApiError> {
    let read = |bytes: &[u8]| {
        let value = parse::<Value>(bytes)?;
        ejson::to_bson(value).map_err(|error| ApiError::BadRequest(error.to_string()))
    };
    if bytes.len() <= INLINE_BYTES {
        return read(&bytes);
    }
    let work = move || read(&bytes);
    task::spawn_blocking(work).await.map_err(|_| ApiError::ShuttingDown)?
}

pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(bytes).map_err(|error| ApiError::BadRequest(error.to_string()))
}
