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
    admin::Refusal,
    apps::state::EditError,
    auth::{AuthError, TokenError},
    documents::DocumentsError,
    functions::FunctionError,
    namespace::Namespace,
    store::StoreError,
    telemetry::Failure,
};

/// A request that is not answered with what it asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("no route `{0}`")]
    NoRoute(String),
    #[error("no app `{0}`")]
    NoApp(String),
    #[error("no bearer token")]
    NoToken,
    #[error("access token refused")]
    Token(#[source] TokenError),
    #[error("the access token belongs to another app")]
    OtherApp,
    #[error(transparent)]
    Auth(AuthError),
    #[error("no credential")]
    NoCredential,
    #[error("part of a credential")]
    PartialCredential,
    #[error("the secret of the endpoint is missing or wrong")]
    EndpointSecret,
    #[error("a web page of another origin")]
    Origin,
    #[error(transparent)]
    Documents(#[from] DocumentsError),
    #[error(transparent)]
    Function(#[from] FunctionError),
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
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Edit(EditError),
    #[error("the gateway is shutting down")]
    ShuttingDown,
}

impl From<AuthError> for ApiError {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Store(error) => Self::Store(error),
            AuthError::Function(error) => Self::Function(error),
            AuthError::ShuttingDown => Self::ShuttingDown,
            error => Self::Auth(error),
        }
    }
}

impl From<EditError> for ApiError {
    fn from(error: EditError) -> Self {
        match error {
            EditError::Store(error) => Self::Store(error),
            error => Self::Edit(error),
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

fn answer(status: StatusCode, code: &'static str, message: &str) -> Answer {
    Answer { status, code, message: message.to_owned(), retry_after: None }
}

fn later(seconds: u64, code: &'static str, message: &str) -> Answer {
    Answer {
        retry_after: Some(Duration::from_secs(seconds)),
        ..answer(StatusCode::SERVICE_UNAVAILABLE, code, message)
    }
}

impl ApiError {
    fn answer(&self) -> Answer {
        match self {
            Self::NoRoute(path) => {
                answer(StatusCode::NOT_FOUND, "NotFound", &format!("not found: {path}"))
            }
            Self::NoApp(id) => answer(
                StatusCode::NOT_FOUND,
                "AppNotFound",
                &format!("cannot find app using Client App ID '{id}'"),
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
            Self::Token(TokenError::Invalid(_)) => {
                answer(StatusCode::UNAUTHORIZED, "AuthError", "signature is invalid")
            }
            Self::OtherApp => answer(
                StatusCode::UNAUTHORIZED,
                "UserAppDomainMismatch",
                "the user belongs to another app",
            ),
            Self::NoCredential => answer(
                StatusCode::BAD_REQUEST,
                "InvalidParameter",
                "no authentication methods were specified",
            ),
            Self::PartialCredential => answer(
                StatusCode::BAD_REQUEST,
                "MissingParameter",
                "must specify some form of authentication (either email+password, api-key, or \
                 jwt) in the request header or body",
            ),
            Self::EndpointSecret => answer(
                StatusCode::UNAUTHORIZED,
                "AuthError",
                "the secret of the endpoint is missing or wrong",
            ),
            Self::Origin => answer(
                StatusCode::FORBIDDEN,
                "OriginNotAllowed",
                "the app does not allow requests from this origin",
            ),
            Self::Auth(error) => auth_answer(error),
            Self::Documents(error) => documents_answer(error),
            Self::Function(error) => function_answer(error),
            Self::Store(_) => later(2, "StoreUnavailable", "the store is not available right now"),
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
            Self::Refused(Refusal { status, code, message }) => answer(*status, code, message),
            Self::Edit(error) => edit_answer(error),
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

/// Names and words that clients of App Services know.
fn auth_answer(error: &AuthError) -> Answer {
    let unauthorized = |code, message: &str| answer(StatusCode::UNAUTHORIZED, code, message);
    let bad = |code, message: &str| answer(StatusCode::BAD_REQUEST, code, message);
    let internal = || {
        answer(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", "internal server error")
    };
    match error {
        AuthError::Token(TokenError::Invalid(_)) => {
            unauthorized("AuthError", "signature is invalid")
        }
        // Clients know the words behind the colon: to them such a logout is done.
        AuthError::Token(TokenError::Expired) | AuthError::SessionEnded => {
            unauthorized("InvalidSession", "invalid session: failed to find refresh token")
        }
        AuthError::NoUserForEndpoint => {
            unauthorized("InvalidSession", "invalid session: error finding user for endpoint")
        }
        AuthError::UserNotFound => answer(StatusCode::NOT_FOUND, "UserNotFound", "user not found"),
        AuthError::UserDisabled => unauthorized("UserDisabled", "the user is disabled"),
        AuthError::NoProvider(kind) => answer(
            StatusCode::NOT_FOUND,
            "AuthProviderNotFound",
            &format!("auth provider not found: '{kind}'"),
        ),
        AuthError::Invalid(message) => bad("BadRequest", message),
        AuthError::WrongPassword => unauthorized("InvalidPassword", "invalid username/password"),
        AuthError::Unconfirmed => unauthorized("AuthError", "confirmation required"),
        AuthError::NameInUse => {
            answer(StatusCode::CONFLICT, "AccountNameInUse", "name already in use")
        }
        AuthError::AlreadyConfirmed => bad("UserAlreadyConfirmed", "already confirmed"),
        AuthError::AccountToken => bad("UserpassTokenInvalid", "invalid token data"),
        AuthError::NoMail => bad(
            "BadRequest",
            "this gateway sends no e-mail; let the app confirm and reset by a function",
        ),
        AuthError::KeyNotFound => {
            answer(StatusCode::NOT_FOUND, "APIKeyNotFound", "API key not found")
        }
        AuthError::Rejected { .. } | AuthError::TooManyKeys(_) => {
            bad("BadRequest", &error.to_string())
        }
        AuthError::Credential(message) => unauthorized("AuthError", message),
        AuthError::DomainNotAllowed => answer(
            StatusCode::FORBIDDEN,
            "DomainNotAllowed",
            "the domain of the e-mail address is not allowed",
        ),
        AuthError::IdentityTaken => answer(
            StatusCode::CONFLICT,
            "AccountNameInUse",
            "a user already exists with the specified provider",
        ),
        AuthError::IdTaken => {
            answer(StatusCode::CONFLICT, "AccountNameInUse", "a user already has this id")
        }
        AuthError::Address(_) => answer(StatusCode::FORBIDDEN, "IPNotAllowed", &error.to_string()),
        AuthError::Throttled(wait) => Answer {
            retry_after: Some(Duration::from_secs(wait.as_secs() + 1)),
            ..answer(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", "too many failed attempts")
        },
        AuthError::Function(error) => function_answer(error),
        AuthError::Store(_) => later(2, "StoreUnavailable", "the store is not available right now"),
        AuthError::Sign(_) | AuthError::Hash(_) | AuthError::Random(_) => internal(),
        AuthError::ShuttingDown => later(1, "ShuttingDown", "the gateway is shutting down"),
    }
}

fn documents_answer(error: &DocumentsError) -> Answer {
    let told = |status, code| answer(status, code, &error.to_string());
    let bad = |code| told(StatusCode::BAD_REQUEST, code);
    match error {
        DocumentsError::NoService(_) => told(StatusCode::NOT_FOUND, "ServiceNotFound"),
        DocumentsError::NoRule(_) | DocumentsError::Denied(_) | DocumentsError::Asymmetric(_) => {
            told(StatusCode::FORBIDDEN, "NoMatchingRuleFound")
        }
        DocumentsError::Schema(_) => bad("SchemaValidationFailedWrite"),
        DocumentsError::Refused(_) | DocumentsError::MongoDb(_) => bad("MongoDBError"),
        DocumentsError::Argument(_)
        | DocumentsError::Stage { .. }
        | DocumentsError::TooMuch(_)
        | DocumentsError::Namespace(_)
        | DocumentsError::Query(_) => bad("BadRequest"),
        DocumentsError::NoOperation(_) | DocumentsError::Watch => bad("ServiceCommandNotFound"),
        DocumentsError::ShuttingDown => later(1, "ShuttingDown", "the gateway is shutting down"),
        DocumentsError::Conflict => later(1, "Conflict", &error.to_string()),
        DocumentsError::Function(error) => function_answer(error),
        DocumentsError::Call(_) => bad("FunctionExecutionError"),
        DocumentsError::Store(_) => {
            later(2, "StoreUnavailable", "the store is not available right now")
        }
    }
}

fn function_answer(error: &FunctionError) -> Answer {
    let bad = |code| answer(StatusCode::BAD_REQUEST, code, &error.to_string());
    match error {
        FunctionError::NotFound(_) => {
            answer(StatusCode::NOT_FOUND, "FunctionNotFound", &error.to_string())
        }
        FunctionError::Private(_) | FunctionError::Denied(_) | FunctionError::EndpointDenied => {
            answer(StatusCode::FORBIDDEN, "NotCallable", &error.to_string())
        }
        FunctionError::Syntax(_) => bad("FunctionSyntaxError"),
        // What was thrown, in the form that clients of App Services get it.
        FunctionError::Threw { name, message } => answer(
            StatusCode::BAD_REQUEST,
            "FunctionExecutionError",
            &serde_json::json!({ "message": message, "name": name }).to_string(),
        ),
        FunctionError::TimeLimit(_) => bad("ExecutionTimeLimitExceeded"),
        FunctionError::MemoryLimit(_)
        | FunctionError::NeverSettles
        | FunctionError::RunAs(_)
        | FunctionError::Value(_) => bad("FunctionExecutionError"),
        FunctionError::ShuttingDown => later(1, "ShuttingDown", "the gateway is shutting down"),
    }
}

fn edit_answer(error: &EditError) -> Answer {
    let (status, code, seconds) = match error {
        EditError::NoApp => (StatusCode::NOT_FOUND, "AppNotFound", None),
        EditError::Conflict => (StatusCode::SERVICE_UNAVAILABLE, "TooBusy", Some(1)),
        EditError::Store(_) => (StatusCode::SERVICE_UNAVAILABLE, "StoreUnavailable", Some(2)),
        EditError::Config(_) | EditError::Files(_) | EditError::Shape(_) => {
            (StatusCode::BAD_REQUEST, "InvalidParameter", None)
        }
    };
    let message = match error {
        EditError::Store(_) => "the store is not available right now".to_owned(),
        error => error.to_string(),
    };
    Answer { status, code, message, retry_after: seconds.map(Duration::from_secs) }
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
        let failure = Failure { message: message.clone(), code };
        let body = ErrorBody { error: message, error_code: code.to_owned(), link: None };
        // `Json` sets `application/json` and nothing behind it, which clients compare as a whole.
        let mut response = (status, Json(body)).into_response();
        response.extensions_mut().insert(failure);
        if let Some(wait) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs()));
        }
        response
    }
}
