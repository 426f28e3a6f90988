//! Web pages that may ask the gateway.
//!
//! An app names them in `allowed_request_origins`; one that names none lets all of them ask. Requests
//! without an `Origin` come from no web page and are none of this.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{error::ApiError, gateway::Gateway};

const METHODS: &str = "GET, POST, PUT, PATCH, DELETE";
/// Headers with credentials are not among them: a web page should hold none but a token.
const HEADERS: &str = "accept, authorization, content-type, x-baas-request-origin";
const EXPOSED: &str = "x-appservices-request-id, x-baas-location, retry-after";
/// How long a browser may remember the answer, in seconds.
const MAX_AGE: &str = "600";

pub(super) async fn check(
    State(gateway): State<Gateway>,
    request: Request,
    next: Next,
) -> Response {
    let Some(origin) = request.headers().get(header::ORIGIN).cloned() else {
        return next.run(request).await;
    };
    if !may_ask(&gateway, request.uri().path(), &origin) {
        return ApiError::Origin.into_response();
    }
    let preflight = request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response =
        if preflight { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    if preflight {
        preflight_headers(headers);
    } else {
        let exposed = HeaderValue::from_static(EXPOSED);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
    response
}

fn preflight_headers(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, METHODS),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS),
        (header::ACCESS_CONTROL_MAX_AGE, MAX_AGE),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// Whether a page of this origin may ask for a path. A path that names no app may be asked for by
/// the pages of every app: whose token it is, is not known yet.
fn may_ask(gateway: &Gateway, path: &str, origin: &HeaderValue) -> bool {
    let Ok(origin) = origin.to_str() else { return false };
    let allows = |origins: &[String]| {
        origins.is_empty() || origins.iter().any(|pattern| matches(pattern, origin))
    };
    if let Some(id) = app_id(path) {
        let app = gateway.apps().find(id);
        return app.is_none_or(|app| allows(&app.config.settings.allowed_request_origins));
    }
    let apps = gateway.apps().all();
    let mut origins = apps.iter().map(|app| &app.app.config.settings.allowed_request_origins);
    apps.is_empty() || origins.any(|origins| allows(origins))
}

fn app_id(path: &str) -> Option<&str> {
    let (_, rest) = path.split_once("/app/")?;
    rest.split('/').next()
}

/// Whether an origin is what the pattern says, where `*` is any part of a host.
fn matches(pattern: &str, origin: &str) -> bool {
    let pattern = pattern.trim_end_matches('/');
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern.eq_ignore_ascii_case(origin);
    };
    let (Some(origin_start), Some(origin_rest)) =
        (origin.get(..start.len()), origin.get(start.len()..))
    else {
        return false;
    };
    if !origin_start.eq_ignore_ascii_case(start) {
        return false;
    }
    // The star takes any number of letters of a host, and so neither a port nor a scheme.
    let longest = origin_rest
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '.')))
        .unwrap_or(origin_rest.len());
    (0..=longest).any(|taken| origin_rest.get(taken..).is_some_and(|left| matches(rest, left)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_part_of_a_host() {
        for (pattern, origin, matching) in [
            ("https://a.example.com", "https://a.example.com", true),
            ("https://a.example.com/", "https://A.example.com", true),
            ("https://a.example.com", "https://a.example.com.evil.org", false),
            ("https://a.example.com", "http://a.example.com", false),
            ("https://*.example.com", "https://a.b.example.com", true),
            ("https://*.example.com", "https://example.com", false),
            ("https://*.example.com", "https://evil.org/.example.com", false),
            ("https://*.example.com", "https://evil.org:1.example.com", false),
            ("https://app-*.x.*", "https://app-1.x.io", true),
            ("http://localhost:*", "http://localhost:3000", true),
            ("*", "https://evil.org", false),
            ("https://é", "https://e", false),
        ] {
            assert_eq!(matches(pattern, origin), matching, "{pattern} {origin}");
        }
    }
}
