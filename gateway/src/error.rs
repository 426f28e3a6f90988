//! The one place where failures become answers.
//!
//! A client gets a status, a name for programs and a sentence for people; the log gets the chain of
//! causes. Nothing of a cause that the client did not send itself is told to it.

use std::{error::Error, time::Duration};

use asymmetric_protocol::{batch::BatchError, chunk::ChunkError, client_api::ErrorBody};
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{
    auth::{AuthError, TokenError},
    namespace::Namespace,
    store::StoreError,
};

/// A request that is not answered with what it asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("no route `{0}`")]
    NoRoute(String),
    #[error("no app `{0}`")]
    NoApp(String),
    #[error("no provider `{0}`, or it is disabled")]
    NoProvider(&'static str),
    #[error("no function `{0}`")]
    NoFunction(String),
    #[error("no bearer token")]
    NoToken,
    #[error("access token refused")]
    Token(#[source] TokenError),
    #[error("the access token belongs to another app")]
    OtherApp,
    #[error(transparent)]
    Auth(AuthError),
    #[error("the body is not what the route expects: {0}")]
    BadRequest(String),
    #[error("malformed batch")]
    Batch(#[source] BatchError),
    #[error("malformed chunk")]
    Chunk(#[source] ChunkError),
    #[error("the body is larger than {limit} bytes")]
    TooLarge { limit: usize },
    #[error("`{header}: {value}` is not supported")]
    Unsupported { header: &'static str, value: String },
    #[error("the body cannot be decompressed")]
    Decompress(#[source] std::io::Error),
    #[error("the body was cut off")]
    Interrupted(#[source] axum::Error),
    #[error("the body did not arrive within {0:?}")]
    Slow(Duration),
    #[error("too many bytes in flight")]
    Busy,
    #[error("a rule of the app cannot be evaluated: {0}")]
    Undecided(String),
    #[error("objects of `{class}` need the time-series collection `{namespace}`, which is missing")]
    NoTimeSeries { class: String, namespace: Namespace },
    #[error("the same objects may still be on their way into the store")]
    Contended { retry_after: Duration },
    #[error("the store failed")]
    Store(#[source] StoreError),
    #[error("the gateway is shutting down")]
    ShuttingDown,
}

impl From<AuthError> for ApiError {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Store(error) => Self::Store(error),
            error => Self::Auth(error),
        }
    }
}

/// What a client is told.
struct Answer {
    status: StatusCode,
    code: &'static str,
    message: String,
    retry_after: Option<Duration>,
}

impl ApiError {
    fn answer(&self) -> Answer {
        let answer = |status, code, message: &str| Answer {
            status,
            code,
            message: message.to_owned(),
            retry_after: None,
        };
        let later = |seconds, code, message: &str| Answer {
            retry_after: Some(Duration::from_secs(seconds)),
            ..answer(StatusCode::SERVICE_UNAVAILABLE, code, message)
        };
        match self {
            Self::NoRoute(path) => {
                answer(StatusCode::NOT_FOUND, "NotFound", &format!("not found: {path}"))
            }
            Self::NoApp(id) => answer(
                StatusCode::NOT_FOUND,
                "AppNotFound",
                &format!("cannot find app using Client App ID '{id}'"),
            ),
            Self::NoProvider(kind) => answer(
                StatusCode::NOT_FOUND,
                "AuthProviderNotFound",
                &format!("auth provider not found: '{kind}'"),
            ),
            Self::NoFunction(name) => answer(
                StatusCode::NOT_FOUND,
                "FunctionNotFound",
                &format!("function not found: '{name}'"),
            ),
            Self::NoToken => {
                answer(StatusCode::UNAUTHORIZED, "MissingAuthReq", "must authenticate first")
            }
            // `InvalidSession` makes some clients refresh and try again without end, so an access
            // token gets it only for having expired.
            Self::Token(TokenError::Expired) => answer(
                StatusCode::UNAUTHORIZED,
                "InvalidSession",
                "invalid session: access token expired",
            ),
            Self::Token(TokenError::Invalid(_))
            | Self::Auth(AuthError::Token(TokenError::Invalid(_))) => {
                answer(StatusCode::UNAUTHORIZED, "AuthError", "signature is invalid")
            }
            Self::OtherApp => answer(
                StatusCode::UNAUTHORIZED,
                "UserAppDomainMismatch",
                "the user belongs to another app",
            ),
            // Clients know the words behind the colon: to them such a logout is done.
            Self::Auth(AuthError::Token(TokenError::Expired) | AuthError::SessionEnded) => answer(
                StatusCode::UNAUTHORIZED,
                "InvalidSession",
                "invalid session: failed to find refresh token",
            ),
            Self::Auth(AuthError::UserNotFound) => {
                answer(StatusCode::NOT_FOUND, "UserNotFound", "user not found")
            }
            Self::Auth(AuthError::Store(_)) | Self::Store(_) => {
                later(2, "StoreUnavailable", "the store is not available right now")
            }
            Self::Auth(AuthError::Sign(_) | AuthError::Random(_)) => answer(
                StatusCode::INTERNAL_SERVER_ERROR,
                "InternalServerError",
                "internal server error",
            ),
            Self::BadRequest(message) => answer(StatusCode::BAD_REQUEST, "BadRequest", message),
            Self::Batch(error) => answer(StatusCode::BAD_REQUEST, "BatchMalformed", &chain(error)),
            Self::Chunk(error) => answer(StatusCode::BAD_REQUEST, "BatchMalformed", &chain(error)),
            Self::Decompress(error) => answer(
                StatusCode::BAD_REQUEST,
                "BatchMalformed",
                &format!("the body is not zstd: {error}"),
            ),
            Self::TooLarge { limit } => answer(
                StatusCode::PAYLOAD_TOO_LARGE,
                "ReadSizeLimitExceeded",
                &format!("the body is larger than {limit} bytes"),
            ),
            Self::Unsupported { .. } => {
                answer(StatusCode::UNSUPPORTED_MEDIA_TYPE, "BadRequest", &self.to_string())
            }
            Self::Interrupted(_) => {
                answer(StatusCode::BAD_REQUEST, "BadRequest", "the body was cut off")
            }
            Self::Slow(_) => {
                answer(StatusCode::REQUEST_TIMEOUT, "RequestTimeout", &self.to_string())
            }
            Self::Busy => later(1, "TooBusy", "the gateway is too busy"),
            Self::Undecided(_) => {
                later(60, "RuleFailed", "a rule of the app cannot be evaluated right now")
            }
            Self::NoTimeSeries { .. } => later(600, "TimeSeriesMissing", &self.to_string()),
            Self::Contended { retry_after } => later(
                retry_after.as_secs().max(1),
                "Contended",
                "another attempt with the same objects may still take effect",
            ),
            Self::ShuttingDown => later(1, "ShuttingDown", "the gateway is shutting down"),
        }
    }

    fn log(&self, status: StatusCode) {
        let chain = chain(self);
        if status.is_server_error() {
            tracing::warn!(status = status.as_u16(), error = %chain, "request failed");
        } else {
            tracing::debug!(status = status.as_u16(), error = %chain, "request refused");
        }
    }
}

/// An error and its causes in one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Answer { status, code, message, retry_after } = self.answer();
        self.log(status);
        let body = ErrorBody { error: message, error_code: code.to_owned(), link: None };
        // `Json` sets `application/json` and nothing behind it, which clients compare as a whole.
        let mut response = (status, Json(body)).into_response();
        if let Some(wait) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs()));
        }
        response
    }
}
