//! Getting a batch to the server and its answer back.

use std::future::Future;

use asymmetric_protocol::ack::Acknowledgement;
use bytes::Bytes;

use crate::client::{RequestError, User, http::Http};

/// Smaller bodies are sent as they are: a packet is a packet.
const COMPRESS_FROM_BYTES: usize = 1024;
/// Higher levels cost time and gain nothing on short BSON documents.
const COMPRESSION_LEVEL: i32 = 1;

/// Gets a batch to the server. The seam where tests put a server of their own making.
pub(crate) trait Transport: Send + Sync + 'static {
    /// Sends one batch.
    fn upload(
        &self,
        batch: Vec<u8>,
    ) -> impl Future<Output = Result<Acknowledgement, RequestError>> + Send;
}

/// The client API over HTTP, in the name of a user.
#[derive(Debug)]
pub(crate) struct HttpTransport {
    http: Http,
    user: User,
}

impl HttpTransport {
    /// A transport with connections of its own.
    pub(crate) fn new(user: User) -> Result<Self, reqwest::Error> {
        let http = Http::new(user.app().http().config().clone())?;
        Ok(Self { http, user })
    }
}

impl Transport for HttpTransport {
    async fn upload(&self, batch: Vec<u8>) -> Result<Acknowledgement, RequestError> {
        let (body, encoding) = if self.http.config().is_loopback() {
            (Bytes::from(batch), None)
        } else {
            compress(batch)
        };
        let result = self.send(body, encoding).await;
        if matches!(
            result,
            Err(RequestError::Network(_)
                | RequestError::Refused { status: 300..=399 | 404 | 410 | 421, .. })
        ) {
            self.http.forget_location();
        }
        result
    }
}

impl HttpTransport {
    /// Sends the body; once more, with another token, if the server does not accept the first.
    async fn send(
        &self,
        body: Bytes,
        encoding: Option<&'static str>,
    ) -> Result<Acknowledgement, RequestError> {
        let token = self.user.access_token(&self.http).await?;
        match self.http.ingest(&token, body.clone(), encoding).await {
            Err(error) if error.is_unauthorized() => {
                let token = self.user.renew(&self.http, Some(&token)).await?;
                self.http.ingest(&token, body, encoding).await
            }
            result => result,
        }
    }
}

fn compress(batch: Vec<u8>) -> (Bytes, Option<&'static str>) {
    if batch.len() > COMPRESS_FROM_BYTES
        && let Ok(compressed) = zstd::bulk::compress(&batch, COMPRESSION_LEVEL)
        && compressed.len() < batch.len()
    {
        return (compressed.into(), Some("zstd"));
    }
    (batch.into(), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_compressed_when_that_makes_them_smaller() {
        let (body, encoding) = compress(vec![7; 10_000]);
        assert_eq!(encoding, Some("zstd"));
        assert_eq!(zstd::bulk::decompress(&body, 10_000).unwrap(), vec![7; 10_000]);

        let (body, encoding) = compress(vec![7; 100]);
        assert_eq!((&body[..], encoding), (&[7; 100][..], None));
    }
}
