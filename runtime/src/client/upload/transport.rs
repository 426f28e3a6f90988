//! Getting a batch to the server and its answer back.

use asymmetric_protocol::ack::Acknowledgement;
use bytes::Bytes;

use crate::client::{RequestError, User, http::Http};

/// Smaller bodies are sent as they are: a packet is a packet.
const COMPRESS_FROM_BYTES: usize = 1024;
/// Higher levels cost time and gain nothing on short BSON documents.
const COMPRESSION_LEVEL: i32 = 1;

/// The body of an upload, as it goes over the wire.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    pub(crate) bytes: Bytes,
    /// Value of `Content-Encoding`.
    pub(crate) encoding: Option<&'static str>,
}

impl Body {
    /// The batch as it is.
    pub(crate) fn plain(batch: Vec<u8>) -> Self {
        Self { bytes: batch.into(), encoding: None }
    }

    /// The batch compressed, if that makes it smaller.
    fn compressed(batch: Vec<u8>) -> Self {
        if batch.len() > COMPRESS_FROM_BYTES
            && let Ok(compressed) = zstd::bulk::compress(&batch, COMPRESSION_LEVEL)
            && compressed.len() < batch.len()
        {
            return Self { bytes: compressed.into(), encoding: Some("zstd") };
        }
        Self::plain(batch)
    }
}

/// Gets a batch to the server. The seam where tests put a server of their own making.
pub(crate) trait Transport: Send + Sync + 'static {
    /// Makes the body of a request out of a batch. Blocks while it compresses.
    fn pack(&self, batch: Vec<u8>, is_compressed: bool) -> Body {
        let _ = is_compressed;
        Body::plain(batch)
    }

    /// Sends one batch.
    fn upload(
        &self,
        body: Body,
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
        let http = user.app().http().with_own_connections()?;
        Ok(Self { http, user })
    }

    /// Sends the body; once more, with another token, if the server does not accept the first.
    async fn send(&self, body: &Body) -> Result<Acknowledgement, RequestError> {
        let token = self.user.access_token(&self.http).await?;
        match self.http.ingest(&token, body).await {
            Err(error) if error.is_unauthorized() => {
                let token = self.user.renew(&self.http, Some(&token)).await?;
                self.http.ingest(&token, body).await
            }
            result => result,
        }
    }
}

impl Transport for HttpTransport {
    fn pack(&self, batch: Vec<u8>, is_compressed: bool) -> Body {
        if is_compressed || self.http.is_loopback() {
            Body::plain(batch)
        } else {
            Body::compressed(batch)
        }
    }

    async fn upload(&self, body: Body) -> Result<Acknowledgement, RequestError> {
        let result = self.send(&body).await;
        if matches!(
            result,
            Err(RequestError::Network(_)
                | RequestError::Certificate(_)
                | RequestError::Refused { status: 404 | 410 | 421, .. })
        ) {
            // The app may have moved.
            self.http.forget_location();
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_compressed_when_that_makes_them_smaller() {
        let body = Body::compressed(vec![7; 10_000]);
        assert_eq!(body.encoding, Some("zstd"));
        assert_eq!(zstd::bulk::decompress(&body.bytes, 10_000).unwrap(), vec![7; 10_000]);

        let body = Body::compressed(vec![7; 100]);
        assert_eq!((&body.bytes[..], body.encoding), (&[7; 100][..], None));
    }
}
