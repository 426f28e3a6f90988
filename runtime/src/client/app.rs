//! An app of App Services, as its clients see it.

use std::{sync::Arc, time::Duration};

use reqwest::Url;

use super::{Credentials, RequestError, User, http::Http, tls};

/// An app: where it is served and under which id. Cheap to clone.
///
/// ```no_run
/// use asymmetric::{App, Credentials};
///
/// # async fn example() -> Result<(), asymmetric::Error> {
/// let app = App::builder("weather-abcde").base_url("http://127.0.0.1:9090").build()?;
/// let user = app.log_in(Credentials::anonymous()).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct App {
    http: Arc<Http>,
}

impl App {
    /// Starts to describe the app with this client app id.
    pub fn builder(app_id: impl Into<String>) -> AppBuilder {
        AppBuilder {
            app_id: app_id.into(),
            base_url: "http://127.0.0.1:9090".to_owned(),
            connect_timeout: Duration::from_secs(30),
            request_timeout: Duration::from_secs(60),
        }
    }

    /// The client app id.
    pub fn id(&self) -> &str {
        &self.http.config().app_id
    }

    /// Logs a user in.
    ///
    /// # Errors
    ///
    /// The server cannot be reached, or refuses. A device that may have no network yet uses
    /// [`log_in_later`](Self::log_in_later).
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the server may have made a user that nobody knows of.
    pub async fn log_in(&self, credentials: Credentials) -> Result<User, RequestError> {
        let user = self.log_in_later(credentials);
        user.access_token(&self.http).await?;
        Ok(user)
    }

    /// A user that logs in as soon as the server can be reached.
    ///
    /// A realm can be opened and written for it at once. If the realm's file remembers a session,
    /// from before a restart, that one is used and there is no new login.
    pub fn log_in_later(&self, credentials: Credentials) -> User {
        User::new(self.clone(), credentials)
    }

    pub(super) fn http(&self) -> &Http {
        &self.http
    }
}

/// Describes an [`App`].
#[derive(Clone, Debug)]
#[must_use = "nothing happens before `build`"]
pub struct AppBuilder {
    app_id: String,
    base_url: String,
    connect_timeout: Duration,
    request_timeout: Duration,
}

impl AppBuilder {
    /// Where the gateway is: `http://` or `https://`, host, and port if it is not the usual one.
    /// The default is a gateway on this machine, `http://127.0.0.1:9090`.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// How long a connection may take to be made; 30 seconds by default.
    pub const fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long a request may take, its answer included; 60 seconds by default.
    pub const fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// Checks the description. Contacts nobody.
    pub fn build(self) -> Result<App, BuildError> {
        let Self { app_id, base_url: url, connect_timeout, request_timeout } = self;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if app_id.is_empty() || !app_id.chars().all(is_plain) {
            return Err(BuildError::AppId(app_id));
        }
        let base_url = base_url(&url).map_err(|()| BuildError::BaseUrl(url))?;
        let tls = match (tls::config(), base_url.scheme()) {
            // The app may live at a secure host all the same; that needs certificates then.
            (Err(_), "http") => tls::config_without_roots(),
            (config, _) => config,
        };
        let tls = tls.map_err(BuildError::Tls)?;
        let config = Config { app_id, base_url, connect_timeout, request_timeout, tls };
        Ok(App { http: Arc::new(Http::new(config).map_err(BuildError::Client)?) })
    }
}

/// Why an app cannot be used as described.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The app id is empty or holds characters that no app id has.
    #[error("`{0}` is no app id: use letters, digits, `-`, `_` and `.`, as in `weather-abcde`")]
    AppId(String),
    /// The base URL is not one.
    #[error("`{0}` is no base URL: write scheme and host, as in `https://gateway.example`")]
    BaseUrl(String),
    /// No TLS with the certificates of this system.
    #[error("TLS cannot be set up; does the system have CA certificates?")]
    Tls(#[source] rustls::Error),
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be set up")]
    Client(#[source] reqwest::Error),
}

/// What an app was built with.
#[derive(Clone, Debug)]
pub(super) struct Config {
    pub(super) app_id: String,
    pub(super) base_url: Url,
    pub(super) connect_timeout: Duration,
    pub(super) request_timeout: Duration,
    pub(super) tls: rustls::ClientConfig,
}

impl Config {
    /// Whether the server is on this machine: nothing to gain from compression or a proxy.
    pub(super) fn is_loopback(&self) -> bool {
        match self.base_url.host_str() {
            Some("localhost" | "[::1]") => true,
            Some(host) => host.parse::<std::net::Ipv4Addr>().is_ok_and(|ip| ip.is_loopback()),
            None => false,
        }
    }
}

/// A URL to which paths can be added: `http(s)`, with a host, ending in a slash.
pub(super) fn base_url(text: &str) -> Result<Url, ()> {
    let mut url = Url::parse(text).map_err(|_| ())?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(());
    }
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_added_to_a_base_url_with_or_without_a_slash() {
        for (text, joined) in [
            ("http://h:1", "http://h:1/api"),
            ("http://h:1/", "http://h:1/api"),
            ("https://h/behind/proxy", "https://h/behind/proxy/api"),
        ] {
            assert_eq!(base_url(text).unwrap().join("api").unwrap().as_str(), joined);
        }
    }

    #[test]
    fn nonsense_is_refused_with_an_example() {
        let url = App::builder("a").base_url("127.0.0.1:9090").build().unwrap_err();
        assert!(url.to_string().contains("https://gateway.example"), "{url}");
        let id = App::builder("a/b").build().unwrap_err();
        assert!(id.to_string().contains("weather-abcde"), "{id}");
    }

    #[test]
    fn loopback_is_recognised() {
        let is_loopback = |url: &str| {
            App::builder("a").base_url(url).build().unwrap().http().config().is_loopback()
        };
        assert!(is_loopback("http://127.0.0.1:1"));
        assert!(is_loopback("http://127.3.2.1"));
        assert!(is_loopback("http://[::1]:1"));
        assert!(is_loopback("http://localhost:1"));
        assert!(!is_loopback("http://10.0.0.1"));
        assert!(!is_loopback("http://localhost.example"));
    }
}
