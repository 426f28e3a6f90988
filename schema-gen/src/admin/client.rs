//! A session with a server.

use std::{fmt, time::Duration};

use reqwest::{
    Method, RequestBuilder, Response, StatusCode, Url,
    header::{ACCEPT, CONTENT_TYPE},
};
use serde_json::{Value, json};

use super::{AdminError, tls};

/// Where the API is on a server.
const API: &str = "/api/admin/v3.0";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// An app of many functions takes a while to be put in place.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(120);

/// A programmatic API key: its public and its private part.
#[derive(Clone)]
pub struct KeyPair {
    public: String,
    private: String,
}

impl KeyPair {
    /// A key of these parts.
    #[must_use]
    pub fn new(public: impl Into<String>, private: impl Into<String>) -> Self {
        Self { public: public.into(), private: private.into() }
    }
}

/// Without the private part.
impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyPair").field("public", &self.public).finish_non_exhaustive()
    }
}

/// A session with the Admin API of a server.
pub struct AdminClient {
    http: reqwest::Client,
    base: String,
    access_token: String,
    refresh_token: String,
}

/// Without the tokens.
impl fmt::Debug for AdminClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdminClient").field("base", &self.base).finish_non_exhaustive()
    }
}

/// What a request carries.
pub(super) enum Body<'a> {
    None,
    Json(&'a Value),
    Zip(Vec<u8>),
}

impl AdminClient {
    /// Logs in with an API key.
    ///
    /// # Errors
    ///
    /// The address is none, the server cannot be reached, or it does not know the key.
    pub async fn log_in(url: &str, keys: &KeyPair) -> Result<Self, AdminError> {
        let parsed = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let parsed = parsed.ok_or_else(|| AdminError::InvalidUrl(url.to_owned()))?;
        let tls = tls::config(parsed.scheme() == "http").map_err(AdminError::Tls)?;
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT)
            .build()
            .map_err(AdminError::Unreachable)?;
        // Whoever copies the address of the API means the same server.
        let base = url.trim_end_matches('/').trim_end_matches(API).trim_end_matches('/');
        let mut client = Self {
            http,
            base: format!("{base}{API}"),
            access_token: String::new(),
            refresh_token: String::new(),
        };
        let login = json!({ "username": keys.public, "apiKey": keys.private });
        let path = "/auth/providers/mongodb-cloud/login";
        let answer = client.once(Method::POST, path, &Body::Json(&login)).await?;
        let answer = json_of(&Method::POST, path, refused(answer).await?).await?;
        let token = |key: &str| answer.get(key).and_then(Value::as_str).map(str::to_owned);
        let tokens = token("access_token").zip(token("refresh_token"));
        let missing = || unexpected(&Method::POST, path, "it has no tokens");
        (client.access_token, client.refresh_token) = tokens.ok_or_else(missing)?;
        Ok(client)
    }

    /// The project that the account belongs to, where it belongs to one alone.
    ///
    /// # Errors
    ///
    /// The account belongs to none or several.
    pub async fn only_project(&mut self) -> Result<String, AdminError> {
        let profile = self.json(Method::GET, "/auth/profile", Body::None).await?;
        let roles = profile.get("roles").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let groups = roles.iter().filter_map(|role| role.get("group_id").and_then(Value::as_str));
        let mut groups: Vec<&str> = groups.collect();
        groups.sort_unstable();
        groups.dedup();
        match groups[..] {
            [only] => Ok(only.to_owned()),
            _ => Err(AdminError::Project(groups.len())),
        }
    }

    /// Sends a request and reads the JSON of the answer; `null` if the answer is empty.
    pub(super) async fn json(
        &mut self,
        method: Method,
        path: &str,
        body: Body<'_>,
    ) -> Result<Value, AdminError> {
        let answer = self.send(method.clone(), path, body).await?;
        json_of(&method, path, answer).await
    }

    /// Sends a request, once more with a new token if the old one is not valid any more.
    pub(super) async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Body<'_>,
    ) -> Result<Response, AdminError> {
        let answer = self.once(method.clone(), path, &body).await?;
        match refused(answer).await {
            Err(AdminError::Refused { status: 401, code, .. }) if code == "InvalidSession" => {
                self.renew().await?;
                refused(self.once(method, path, &body).await?).await
            }
            answered => answered,
        }
    }

    async fn once(
        &self,
        method: Method,
        path: &str,
        body: &Body<'_>,
    ) -> Result<Response, AdminError> {
        let mut request = self.request(method, path);
        if !self.access_token.is_empty() {
            request = request.bearer_auth(&self.access_token);
        }
        request = match body {
            Body::None => request,
            Body::Json(value) => request.json(value),
            Body::Zip(bytes) => request.header(CONTENT_TYPE, "application/zip").body(bytes.clone()),
        };
        request.send().await.map_err(AdminError::Unreachable)
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.base))
            .header(ACCEPT, "application/json, application/zip")
            .header("X-BAAS-Request-Origin", "mongodb-baas-cli")
    }

    async fn renew(&mut self) -> Result<(), AdminError> {
        let request = self.request(Method::POST, "/auth/session").bearer_auth(&self.refresh_token);
        let answer = refused(request.send().await.map_err(AdminError::Unreachable)?).await?;
        let answer = json_of(&Method::POST, "/auth/session", answer).await?;
        let token = answer.get("access_token").and_then(Value::as_str);
        let missing = || unexpected(&Method::POST, "/auth/session", "it has no token");
        token.ok_or_else(missing)?.clone_into(&mut self.access_token);
        Ok(())
    }
}

pub(super) fn unexpected(method: &Method, path: &str, problem: impl Into<String>) -> AdminError {
    AdminError::Answer { request: format!("{method} {path}"), problem: problem.into() }
}

async fn json_of(method: &Method, path: &str, answer: Response) -> Result<Value, AdminError> {
    let bytes = answer.bytes().await.map_err(AdminError::Unreachable)?;
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&bytes).map_err(|error| unexpected(method, path, error.to_string()))
}

/// The answer, if it is no refusal.
async fn refused(answer: Response) -> Result<Response, AdminError> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let body: Value = answer.json().await.unwrap_or_default();
    let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let message = match text("error") {
        empty if empty.is_empty() => {
            status.canonical_reason().unwrap_or("no reason given").to_owned()
        }
        message => message,
    };
    Err(AdminError::Refused { status: status.as_u16(), code: text("error_code"), message })
}

impl AdminError {
    /// Whether the server has no such route or thing.
    pub(super) fn is_missing(&self) -> bool {
        let missing = [StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED];
        matches!(self, Self::Refused { status, .. } if missing.iter().any(|s| s.as_u16() == *status))
    }
}
