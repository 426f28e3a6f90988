//! What the Admin API says no with.

use std::{borrow::Cow, fmt};

use axum::http::StatusCode;

/// A status, the name that App Services has for the failure, and a sentence.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: Cow<'static, str>,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, message: message.into() }
    }

    /// There is nothing of this id; `code` ends in `NotFound`.
    pub(crate) fn not_found(code: &'static str, what: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, format!("{what} not found"))
    }

    /// The same with words that clients know.
    pub(crate) fn missing(code: &'static str, message: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    /// There is something of this name already.
    pub(crate) fn exists(code: &'static str, what: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::CONFLICT, code, what)
    }

    /// The request asks for what cannot be.
    pub(crate) fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "InvalidParameter", message)
    }

    /// The request lacks something.
    pub(crate) fn lacks(key: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "MissingParameter", format!("`{key}` is required"))
    }

    /// Nobody is logged in, or not any more.
    pub(crate) fn session(message: &'static str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "InvalidSession", message)
    }

    /// The name or the secret is wrong; which of them is not said.
    pub(crate) fn login() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "InvalidPassword", "invalid username/password")
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}
