//! Requests to the client API of App Services.
//!
//! Every request is made of the same steps: ask once where the app lives, send, and turn an answer
//! that is no success into a [`RequestError`]. Nothing here retries.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use asymmetric_protocol::{
    ack::Acknowledgement,
    batch,
    client_api::{Device, ErrorBody, Location, LoginResponse, SessionResponse},
};
use bytes::Bytes;
use reqwest::{
    Client, RequestBuilder, Response, StatusCode, Url,
    header::{CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER},
    redirect,
};
use serde::de::DeserializeOwned;

use super::{Credentials, app::Config};

const API: &str = "api/client/v2.0";

/// A line that carries less counts as broken.
const SLOWEST_BYTES_PER_SECOND: u64 = 2048;

/// Why a request had no success.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// No answer: the server cannot be reached, or the connection broke.
    #[error("no answer from the server")]
    Network(#[source] reqwest::Error),
    /// The server refused the request.
    #[error("the server refused: {message} ({status}{})", if code.is_empty() { String::new() } else { format!(", {code}") })]
    Refused {
        /// HTTP status.
        status: u16,
        /// App Services name of the error, such as `InvalidSession`; may be empty.
        code: String,
        /// The server's words.
        message: String,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
    },
    /// An answer that this library does not understand.
    #[error("the answer of the server cannot be read")]
    Answer(#[source] reqwest::Error),
    /// The host name that the server gave for further requests is no URL.
    #[error("the server answered the unusable location `{0}`")]
    Location(String),
    /// There is no session, and no credentials to start one.
    #[error("the user is logged out")]
    LoggedOut,
}

impl RequestError {
    /// Whether the server said that the token is not valid (any more).
    #[must_use]
    pub const fn is_unauthorized(&self) -> bool {
        matches!(self, Self::Refused { status: 401, .. })
    }
}

/// A connection pool for one runtime, and where the app lives.
///
/// Connections are driven by the runtime that made them, so the upload has one of its own: an
/// application that blocks its runtime must not stop it.
#[derive(Debug)]
pub(super) struct Http {
    client: Client,
    config: Config,
    hostname: Mutex<Option<Url>>,
}

impl Http {
    pub(super) fn new(config: Config) -> Result<Self, reqwest::Error> {
        let mut builder = Client::builder()
            .http1_only()
            .tcp_nodelay(true)
            // App Services moves an app by another answer to `location`; following a redirect
            // would turn an upload into a GET.
            .redirect(redirect::Policy::none())
            .tls_backend_preconfigured(config.tls.clone())
            .connect_timeout(config.connect_timeout)
            .timeout(config.request_timeout);
        if config.is_loopback() {
            builder = builder.no_proxy();
        }
        Ok(Self { client: builder.build()?, config, hostname: Mutex::new(None) })
    }

    pub(super) const fn config(&self) -> &Config {
        &self.config
    }

    pub(super) async fn log_in(
        &self,
        credentials: &Credentials,
    ) -> Result<LoginResponse, RequestError> {
        let device = Device {
            app_id: self.config.app_id.clone(),
            platform: std::env::consts::OS.to_owned(),
            sdk: "Rust".to_owned(),
            sdk_version: env!("CARGO_PKG_VERSION").to_owned(),
            cpu_arch: std::env::consts::ARCH.to_owned(),
        };
        let path = format!("{}/auth/providers/{}/login", self.app_path(), credentials.provider());
        let url = self.url(&path).await?;
        read(self.client.post(url).json(&credentials.body(device))).await
    }

    /// A new access token for a refresh token.
    pub(super) async fn refresh(&self, refresh_token: &str) -> Result<String, RequestError> {
        let url = self.url(&format!("{API}/auth/session")).await?;
        let response: SessionResponse =
            read(self.client.post(url).bearer_auth(refresh_token)).await?;
        Ok(response.access_token)
    }

    /// Uploads a batch.
    pub(super) async fn ingest(
        &self,
        access_token: &str,
        body: Bytes,
        encoding: Option<&'static str>,
    ) -> Result<Acknowledgement, RequestError> {
        let url = self.url(&format!("{}/ingest", self.app_path())).await?;
        // A large object on a slow line takes longer than any fixed time.
        let seconds = body.len() as u64 / SLOWEST_BYTES_PER_SECOND;
        let mut request = self
            .client
            .post(url)
            .timeout(self.config.request_timeout + Duration::from_secs(seconds))
            .bearer_auth(access_token)
            .header(CONTENT_TYPE, batch::CONTENT_TYPE);
        if let Some(encoding) = encoding {
            request = request.header(CONTENT_ENCODING, encoding);
        }
        read(request.body(body)).await
    }

    fn app_path(&self) -> String {
        format!("{API}/app/{}", self.config.app_id)
    }

    /// The URL of `path` at the host where the app lives.
    async fn url(&self, path: &str) -> Result<Url, RequestError> {
        let known = self.hostname().clone();
        if let Some(host) = known {
            return join(&host, path);
        }
        let host = self.locate().await?;
        join(self.hostname().insert(host), path)
    }

    /// Asks again where the app lives before the next request: it may have moved.
    pub(super) fn forget_location(&self) {
        *self.hostname() = None;
    }

    fn hostname(&self) -> std::sync::MutexGuard<'_, Option<Url>> {
        self.hostname.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn locate(&self) -> Result<Url, RequestError> {
        let url = join(&self.config.base_url, &format!("{}/location", self.app_path()))?;
        let location: Location = read(self.client.get(url)).await?;
        if location.hostname.is_empty() {
            return Ok(self.config.base_url.clone());
        }
        super::app::base_url(&location.hostname)
            .map_err(|()| RequestError::Location(location.hostname))
    }
}

fn join(base: &Url, path: &str) -> Result<Url, RequestError> {
    base.join(path).map_err(|_| RequestError::Location(base.to_string()))
}

async fn read<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, RequestError> {
    let response = request.send().await.map_err(RequestError::Network)?;
    if response.status().is_success() {
        response.json().await.map_err(|error| {
            if error.is_decode() {
                RequestError::Answer(error)
            } else {
                RequestError::Network(error)
            }
        })
    } else {
        Err(refusal(response).await)
    }
}

async fn refusal(response: Response) -> RequestError {
    let status = response.status();
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| {
        // The other form of the header, a date, is left to the own back-off.
        Some(Duration::from_secs(value.to_str().ok()?.parse().ok()?))
    });
    let body = response.json().await.unwrap_or_else(|_| ErrorBody {
        error: status.canonical_reason().unwrap_or("no reason given").to_owned(),
        error_code: String::new(),
        link: None,
    });
    RequestError::Refused {
        status: StatusCode::as_u16(&status),
        code: body.error_code,
        message: body.error,
        retry_after,
    }
}
