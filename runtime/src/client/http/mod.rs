//! Requests to the client API of App Services.
//!
//! Every request is made of the same steps: ask once where the app lives, send, and turn an answer
//! that is no success into a [`RequestError`]. Nothing here retries, but for an app that has moved
//! in between.

mod answer;
mod error;
mod location;

use std::{sync::Arc, time::Duration};

use asymmetric_protocol::{
    ack::Acknowledgement,
    batch,
    client_api::{Device, LinkResponse, LoginResponse, SessionResponse},
};
use reqwest::{
    Client, Method, RequestBuilder, Response, Url,
    header::{CONTENT_ENCODING, CONTENT_TYPE},
    redirect,
};
use serde::{Serialize, de::DeserializeOwned};

pub use self::error::RequestError;
use self::location::Location;
pub(super) use self::location::base_url;
use super::{Credentials, app::Config, upload::Body};

const API: &str = "api/client/v2.0";

/// A line that carries less counts as broken.
const SLOWEST_BYTES_PER_SECOND: u64 = 2048;

/// A peer that does not even confirm packets for so long is gone.
const UNCONFIRMED: Duration = Duration::from_secs(30);

/// A connection pool for one runtime, and where the app lives.
///
/// Connections are driven by the runtime that made them, so the upload has one of its own: an
/// application that blocks its runtime must not stop it.
#[derive(Debug)]
pub(super) struct Http {
    client: Client,
    config: Arc<Config>,
    /// Shared by all pools of an app.
    location: Arc<Location>,
}

/// An empty body.
pub(super) const NOTHING: Option<&()> = None;

impl Http {
    pub(super) fn new(config: Config) -> Result<Self, reqwest::Error> {
        let location = Arc::new(Location::new(config.base_url.clone()));
        Ok(Self { client: client(&config)?, config: Arc::new(config), location })
    }

    /// The same app over connections of its own.
    pub(super) fn with_own_connections(&self) -> Result<Self, reqwest::Error> {
        let (config, location) = (Arc::clone(&self.config), Arc::clone(&self.location));
        Ok(Self { client: client(&config)?, config, location })
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    pub(super) fn base_url(&self) -> Url {
        self.location.base_url()
    }

    /// Goes on with another server, which is asked where the app lives.
    pub(super) fn set_base_url(&self, url: Url) {
        self.location.set_base_url(url);
    }

    /// Asks again where the app lives before the next request: it may have moved.
    pub(super) fn forget_location(&self) {
        self.location.forget();
    }

    /// Whether the server is on this machine: nothing to gain from compression.
    pub(super) fn is_loopback(&self) -> bool {
        location::is_loopback(&self.location.host())
    }

    /// The address of the server, if the URL spells it out.
    pub(super) fn server_address(&self) -> Option<std::net::IpAddr> {
        let host = self.location.host();
        host.host_str()?.trim_matches(['[', ']']).parse().ok()
    }

    pub(super) async fn log_in(
        &self,
        credentials: &Credentials,
        device_id: Option<&str>,
    ) -> Result<LoginResponse, RequestError> {
        let device =
            Device { device_id: device_id.map(ToOwned::to_owned), ..self.config.device.clone() };
        let path = self.login_path(credentials);
        self.call(Method::POST, &path, None, Some(&credentials.body(&device))).await
    }

    /// Makes the credentials some of the user of an access token.
    pub(super) async fn link(
        &self,
        credentials: &Credentials,
        access_token: &str,
    ) -> Result<LinkResponse, RequestError> {
        let path = format!("{}?link=true", self.login_path(credentials));
        let body = credentials.body(&self.config.device);
        self.call(Method::POST, &path, Some(access_token), Some(&body)).await
    }

    fn login_path(&self, credentials: &Credentials) -> String {
        format!("{}/auth/providers/{}/login", self.app_path(), credentials.provider())
    }

    /// A new access token for a refresh token.
    pub(super) async fn refresh(&self, refresh_token: &str) -> Result<String, RequestError> {
        let response: SessionResponse =
            self.call(Method::POST, &auth("session"), Some(refresh_token), NOTHING).await?;
        Ok(response.access_token)
    }

    /// Uploads a batch.
    pub(super) async fn ingest(
        &self,
        access_token: &str,
        body: &Body,
    ) -> Result<Acknowledgement, RequestError> {
        // A large object on a slow line takes longer than any fixed time.
        let seconds = body.bytes.len() as u64 / SLOWEST_BYTES_PER_SECOND;
        let timeout = self.config.request_timeout + Duration::from_secs(seconds);
        let path = format!("{}/ingest", self.app_path());
        let response = self.send(&path, |url| {
            let mut request = self
                .client
                .post(url)
                .timeout(timeout)
                .bearer_auth(access_token)
                .header(CONTENT_TYPE, batch::CONTENT_TYPE);
            if let Some(encoding) = body.encoding {
                request = request.header(CONTENT_ENCODING, encoding);
            }
            request.body(body.bytes.clone())
        });
        answer::json(response.await?).await
    }

    /// A request with a JSON body, answered with one.
    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&impl Serialize>,
    ) -> Result<T, RequestError> {
        answer::json(self.request(method, path, token, body).await?).await
    }

    /// A request with a JSON body, whose answer says no more than that it was done.
    pub(super) async fn order(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&impl Serialize>,
    ) -> Result<(), RequestError> {
        self.request(method, path, token, body).await.map(drop)
    }

    async fn request(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&impl Serialize>,
    ) -> Result<Response, RequestError> {
        self.send(path, |url| {
            let mut request =
                self.client.request(method.clone(), url).timeout(self.config.request_timeout);
            if let Some(token) = token {
                request = request.bearer_auth(token);
            }
            match body {
                Some(body) => request.json(body),
                None => request,
            }
        })
        .await
    }

    /// Path of everything that names the app.
    pub(super) fn app_path(&self) -> String {
        format!("{API}/app/{}", self.config.app_id)
    }

    /// Sends a request to where the app lives; once more, if the answer is that it has moved.
    async fn send(
        &self,
        path: &str,
        request: impl Fn(Url) -> RequestBuilder,
    ) -> Result<Response, RequestError> {
        let response = self.send_once(path, &request).await?;
        let response = if self.location.moved(path, &response) {
            self.send_once(path, &request).await?
        } else {
            response
        };
        answer::success(response).await
    }

    async fn send_once(
        &self,
        path: &str,
        request: impl Fn(Url) -> RequestBuilder,
    ) -> Result<Response, RequestError> {
        let host = match self.location.known() {
            Some(host) => host,
            None => self.locate().await?,
        };
        request(location::join(&host, path)?).send().await.map_err(RequestError::unanswered)
    }

    async fn locate(&self) -> Result<Url, RequestError> {
        let path = format!("{}/location", self.app_path());
        self.location
            .ask(&path, |url| self.client.get(url).timeout(self.config.request_timeout))
            .await
    }
}

/// Path below what concerns the user of a token.
pub(super) fn auth(path: &str) -> String {
    format!("{API}/auth/{path}")
}

fn client(config: &Config) -> Result<Client, reqwest::Error> {
    if let Some(client) = &config.client {
        return Ok(client.clone());
    }
    let mut builder = Client::builder()
        .http1_only()
        .tcp_nodelay(true)
        // App Services moves an app by another answer to `location`; following a redirect
        // would turn an upload into a GET.
        .redirect(redirect::Policy::none())
        .tls_backend_preconfigured(config.tls.clone())
        .connect_timeout(config.connect_timeout);
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    {
        builder = builder.tcp_user_timeout(UNCONFIRMED);
    }
    if let Some(proxy) = &config.proxy {
        builder = builder.proxy(proxy.clone());
    } else if location::is_loopback(&config.base_url) {
        builder = builder.no_proxy();
    }
    builder.build()
}
