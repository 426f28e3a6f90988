//! Describing an app.

use std::{path::PathBuf, time::Duration};

use asymmetric_protocol::client_api::Device;
use reqwest::Url;

use super::App;
use crate::client::{http, tls::Roots, user::Remembered};

/// Describes an [`App`].
#[derive(Clone, Debug)]
#[must_use = "nothing happens before `build`"]
pub struct AppBuilder {
    app_id: String,
    base_url: String,
    connect_timeout: Duration,
    request_timeout: Duration,
    device: DeviceInfo,
    client: Option<reqwest::Client>,
    roots: Roots,
    proxy: Option<String>,
    users: Option<PathBuf>,
}

/// What a device tells of itself at login. All of it is optional; operators see it in their logs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceInfo {
    /// Name of the device, such as its model.
    pub name: String,
    /// Version of the device, such as that of its firmware.
    pub version: String,
    /// Name of the application, such as `com.example.weather`.
    pub application: String,
    /// Version of the application.
    pub application_version: String,
    /// Version of the operating system.
    pub platform_version: String,
}

impl AppBuilder {
    pub(super) fn new(app_id: String) -> Self {
        Self {
            app_id,
            base_url: "http://127.0.0.1:9090".to_owned(),
            connect_timeout: Duration::from_secs(30),
            request_timeout: Duration::from_secs(60),
            device: DeviceInfo::default(),
            client: None,
            roots: Roots::default(),
            proxy: None,
            users: None,
        }
    }

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

    /// How long a request may take, its answer included; 60 seconds by default. Uploads get
    /// more by their size: a second for every two kilobytes.
    pub const fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// What the device tells of itself at login.
    pub fn device(mut self, device: DeviceInfo) -> Self {
        self.device = device;
        self
    }

    /// Uses this HTTP client for everything, uploads included; the connection timeout, the roots
    /// and the proxy of this builder are then those of the client.
    ///
    /// The client must not follow redirects (`redirect::Policy::none()`): they would turn uploads
    /// into GETs. Its connections are driven by the tokio runtimes that make them: the upload of a
    /// realm makes its own on its own thread, but a runtime that is shut down breaks those it made.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.client = Some(client);
        self
    }

    /// Trusts these certificates, one or more in PEM, besides those of the operating system.
    pub fn add_tls_roots(mut self, pem: impl AsRef<[u8]>) -> Self {
        self.roots.pem.extend_from_slice(pem.as_ref());
        self.roots.pem.push(b'\n');
        self
    }

    /// Trusts these certificates, one or more in PEM, and no others.
    pub fn only_tls_roots(mut self, pem: impl AsRef<[u8]>) -> Self {
        self.roots = Roots { pem: pem.as_ref().to_vec(), without_system: true };
        self
    }

    /// Sends everything through this proxy: `http://` or `https://`, host and port, and a user if
    /// it needs one, as in `http://user:password@proxy:3128`. By default the environment decides:
    /// `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// Remembers users across restarts, in a file in this directory, which is created if it does
    /// not exist. The file holds their session tokens, and only its owner can read it.
    ///
    /// Without it, users are remembered by the realms they opened, and by nothing else.
    pub fn remember_users(mut self, directory: impl Into<PathBuf>) -> Self {
        self.users = Some(directory.into());
        self
    }

    /// Checks the description. Contacts nobody.
    pub fn build(self) -> Result<App, BuildError> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if self.app_id.is_empty() || !self.app_id.chars().all(is_plain) {
            return Err(BuildError::AppId(self.app_id));
        }
        let base_url = http::base_url(&self.base_url).ok_or(BuildError::BaseUrl(self.base_url))?;
        let tls = self.roots.config(base_url.scheme() == "https")?;
        let proxy = self.proxy.as_deref().map(reqwest::Proxy::all).transpose();
        let remembered = match &self.users {
            Some(directory) => Remembered::open(directory, &self.app_id)
                .map_err(|source| BuildError::Users { directory: directory.clone(), source })?,
            None => Remembered::in_memory(),
        };
        let config = Config {
            device: device(&self.app_id, self.device),
            app_id: self.app_id,
            base_url,
            connect_timeout: self.connect_timeout,
            request_timeout: self.request_timeout,
            tls,
            proxy: proxy.map_err(BuildError::Proxy)?,
            client: self.client,
        };
        App::new(config, remembered).map_err(BuildError::Client)
    }
}

fn device(app_id: &str, info: DeviceInfo) -> Device {
    Device {
        app_id: app_id.to_owned(),
        app_version: info.application_version,
        bundle_id: info.application,
        cpu_arch: std::env::consts::ARCH.to_owned(),
        device_name: info.name,
        device_version: info.version,
        platform: std::env::consts::OS.to_owned(),
        platform_version: info.platform_version,
        sdk: "Rust".to_owned(),
        sdk_version: env!("CARGO_PKG_VERSION").to_owned(),
        device_id: None,
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
    /// The given certificates cannot be used.
    #[error("the TLS roots are no certificates in PEM: {0}")]
    TlsRoots(String),
    /// The proxy is no URL.
    #[error("the proxy is no URL: write scheme, host and port, as in `http://proxy:3128`")]
    Proxy(#[source] reqwest::Error),
    /// The file of the remembered users cannot be read.
    #[error("cannot remember users in `{}`", directory.display())]
    Users {
        /// The directory.
        directory: PathBuf,
        /// The answer of the operating system.
        source: std::io::Error,
    },
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be set up")]
    Client(#[source] reqwest::Error),
}

/// What an app was built with.
#[derive(Clone, Debug)]
pub(in crate::client) struct Config {
    pub(in crate::client) app_id: String,
    pub(in crate::client) base_url: Url,
    pub(in crate::client) connect_timeout: Duration,
    pub(in crate::client) request_timeout: Duration,
    pub(in crate::client) device: Device,
    pub(in crate::client) tls: rustls::ClientConfig,
    pub(in crate::client) proxy: Option<reqwest::Proxy>,
    pub(in crate::client) client: Option<reqwest::Client>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_is_refused_with_an_example() {
        let url = App::builder("a").base_url("127.0.0.1:9090").build().unwrap_err();
        assert!(url.to_string().contains("https://gateway.example"), "{url}");
        let id = App::builder("a/b").build().unwrap_err();
        assert!(id.to_string().contains("weather-abcde"), "{id}");
        let proxy = App::builder("a").proxy("::").build().unwrap_err();
        assert!(proxy.to_string().contains("http://proxy:3128"), "{proxy}");
        let roots = App::builder("a").add_tls_roots("no certificate").build().unwrap_err();
        assert!(roots.to_string().contains("PEM"), "{roots}");
    }

    #[test]
    fn another_base_url_must_be_one_as_well() {
        let app = App::builder("a").base_url("http://one").build().unwrap();
        assert!(app.set_base_url("two").is_err());
        assert_eq!(app.base_url(), "http://one/");
        app.set_base_url("https://two").unwrap();
        assert_eq!(app.base_url(), "https://two/");
    }
}
