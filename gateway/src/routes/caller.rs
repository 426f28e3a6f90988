//! Who sent a request, as functions and rules see it.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, header, request::Parts},
};
use bson::{Bson, Document};

use crate::functions::Caller;

/// Address of the other end of a connection. The server puts it into each request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// Headers that hold credentials, which functions and rules have no use for.
const SECRET: [HeaderName; 7] = [
    header::AUTHORIZATION,
    header::COOKIE,
    header::PROXY_AUTHORIZATION,
    HeaderName::from_static("apikey"),
    HeaderName::from_static("api-key"),
    HeaderName::from_static("password"),
    HeaderName::from_static("jwttokenstring"),
];
/// Headers that are shown, each with all its values.
const MAX_HEADERS: usize = 64;

/// The address that a request came from, where there is a socket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Remote(pub(crate) Option<IpAddr>);

impl Remote {
    pub(crate) fn of(parts: &Parts) -> Self {
        Self(parts.extensions.get::<Peer>().map(|Peer(address)| address.ip()))
    }
}

impl<S: Sync> FromRequestParts<S> for Remote {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self {
            address: Remote::of(parts).0,
            user: Document::new(),
            system: false,
            method: parts.method.to_string(),
            headers: shown(&parts.headers),
            // Some clients put their token there.
            query: String::new(),
        })
    }
}

fn shown(headers: &HeaderMap) -> Document {
    let names = headers.keys().filter(|name| !SECRET.contains(name)).take(MAX_HEADERS);
    let entries = names.map(|name| {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        (canonical(name.as_str()), Bson::Array(values.map(Bson::from).collect()))
    });
    entries.collect()
}

/// `user-agent` as `User-Agent`, which is how functions of App Services know it.
fn canonical(name: &str) -> String {
    let parts = name.split('-').map(|part| {
        let mut letters = part.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    parts.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::doc;

    #[test]
    fn functions_see_headers_but_no_credentials() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("user-agent", "x"),
            ("x-a", "1"),
            ("x-a", "2"),
            ("authorization", "Bearer t"),
            ("apikey", "k"),
            ("api-key", "k"),
            ("password", "p"),
            ("jwttokenstring", "j"),
            ("cookie", "c"),
        ] {
            headers.append(HeaderName::from_static(name), value.parse().unwrap());
        }
        assert_eq!(shown(&headers), doc! { "User-Agent": ["x"], "X-A": ["1", "2"] });
    }
}
