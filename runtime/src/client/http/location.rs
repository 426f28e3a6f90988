//! Where the app lives.
//!
//! The server behind the base URL is asked before anything else, and again after a failure or a
//! redirect: App Services moves apps between hosts, and so does whoever puts a gateway behind
//! another name. Redirects are never followed blindly, because that would turn an upload into a
//! GET; they lead to another base URL, which is asked in turn.

use std::sync::{Mutex, MutexGuard, PoisonError};

use asymmetric_protocol::client_api;
use reqwest::{RequestBuilder, Response, StatusCode, Url, header};
use tokio::sync::Mutex as AsyncMutex;

use super::{RequestError, answer};

/// Longer chains of redirects are circles.
const MOST_REDIRECTS: usize = 5;

#[derive(Debug)]
pub(super) struct Location {
    known: Mutex<Known>,
    /// Held by whoever asks, so that many tasks ask once.
    asking: AsyncMutex<()>,
}

#[derive(Debug)]
struct Known {
    base_url: Url,
    /// Where a redirect led.
    redirected: Option<Url>,
    /// What the server answered.
    host: Option<Url>,
}

impl Known {
    fn origin(&self) -> &Url {
        self.redirected.as_ref().unwrap_or(&self.base_url)
    }
}

impl Location {
    pub(super) fn new(base_url: Url) -> Self {
        let known = Known { base_url, redirected: None, host: None };
        Self { known: Mutex::new(known), asking: AsyncMutex::new(()) }
    }

    pub(super) fn base_url(&self) -> Url {
        self.lock().base_url.clone()
    }

    pub(super) fn set_base_url(&self, base_url: Url) {
        *self.lock() = Known { base_url, redirected: None, host: None };
    }

    /// The host that was answered, if any was.
    pub(super) fn known(&self) -> Option<Url> {
        self.lock().host.clone()
    }

    /// The host that requests go to, as far as is known.
    pub(super) fn host(&self) -> Url {
        let known = self.lock();
        known.host.as_ref().unwrap_or_else(|| known.origin()).clone()
    }

    pub(super) fn forget(&self) {
        let mut known = self.lock();
        known.host = None;
        known.redirected = None;
    }

    /// Asks the server where the app lives, following redirects.
    pub(super) async fn ask(
        &self,
        path: &str,
        request: impl Fn(Url) -> RequestBuilder,
    ) -> Result<Url, RequestError> {
        let _asking = self.asking.lock().await;
        if let Some(host) = self.known() {
            return Ok(host);
        }
        for _ in 0..MOST_REDIRECTS {
            let origin = self.lock().origin().clone();
            let url = join(&origin, path)?;
            let response = request(url).send().await.map_err(RequestError::unanswered)?;
            if self.moved(path, &response) {
                continue;
            }
            let response = answer::success(response).await?;
            let location: client_api::Location = answer::json(response).await?;
            let host = if location.hostname.is_empty() {
                origin
            } else {
                let host = base_url(&location.hostname);
                // Tokens that were meant for a secure line must not end up on another.
                let host = host.filter(|host| !is_downgrade(&origin, host));
                host.ok_or(RequestError::Location(location.hostname))?
            };
            self.lock().host = Some(host.clone());
            return Ok(host);
        }
        let origin = self.lock().origin().to_string();
        self.forget();
        Err(RequestError::Location(origin))
    }

    /// Whether a response says that the app has moved; then the new place is asked next.
    pub(super) fn moved(&self, path: &str, response: &Response) -> bool {
        let permanent_or_not = [
            StatusCode::MOVED_PERMANENTLY,
            StatusCode::FOUND,
            StatusCode::TEMPORARY_REDIRECT,
            StatusCode::PERMANENT_REDIRECT,
        ];
        if !permanent_or_not.contains(&response.status()) {
            return false;
        }
        let target = response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
        let target = target.and_then(|to| response.url().join(to).ok());
        let origin = target.and_then(|target| origin_of(&target, path));
        match origin.filter(|origin| !is_downgrade(response.url(), origin)) {
            Some(origin) => {
                let mut known = self.lock();
                known.host = None;
                known.redirected = Some(origin);
                true
            }
            None => false,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What `target` adds `path` to; its root, if it leads elsewhere.
fn origin_of(target: &Url, path: &str) -> Option<Url> {
    let path = path.split('?').next().unwrap_or_default();
    let prefix = target.path().strip_suffix(path).unwrap_or("/");
    let mut origin = target.clone();
    origin.set_query(None);
    origin.set_fragment(None);
    origin.set_path(prefix);
    base_url(origin.as_str())
}

fn is_downgrade(from: &Url, to: &Url) -> bool {
    from.scheme() == "https" && to.scheme() != "https"
}

/// Whether a URL leads to this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host_str() {
        Some("localhost" | "[::1]") => true,
        Some(host) => host.parse::<std::net::Ipv4Addr>().is_ok_and(|ip| ip.is_loopback()),
        None => false,
    }
}

pub(super) fn join(base: &Url, path: &str) -> Result<Url, RequestError> {
    base.join(path).map_err(|_| RequestError::Location(base.to_string()))
}

/// A URL to which paths can be added: `http(s)`, with a host, ending in a slash.
pub(crate) fn base_url(text: &str) -> Option<Url> {
    let mut url = Url::parse(text).ok()?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return None;
    }
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

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
    fn a_redirect_leads_to_another_base_url() {
        let path = "api/client/v2.0/app/a/location";
        for (target, origin) in [
            ("https://new/api/client/v2.0/app/a/location", "https://new/"),
            ("https://new/eu/api/client/v2.0/app/a/location?x=1#y", "https://new/eu/"),
            ("https://new/elsewhere", "https://new/"),
        ] {
            assert_eq!(origin_of(&url(target), path).unwrap().as_str(), origin);
        }
        assert_eq!(origin_of(&url("ftp://new/"), path), None);
    }

    #[test]
    fn a_secure_server_cannot_lead_to_an_open_line() {
        assert!(is_downgrade(&url("https://a"), &url("http://a")));
        assert!(!is_downgrade(&url("https://a"), &url("https://b")));
        assert!(!is_downgrade(&url("http://a"), &url("http://b")));
    }

    #[test]
    fn loopback_is_recognised() {
        for text in
            ["http://127.0.0.1:1", "http://127.3.2.1", "http://[::1]:1", "http://localhost:1"]
        {
            assert!(is_loopback(&url(text)), "{text}");
        }
        for text in ["http://10.0.0.1", "http://localhost.example"] {
            assert!(!is_loopback(&url(text)), "{text}");
        }
    }
}
