//! Why a request had no success.

use std::{error::Error as StdError, time::Duration};

/// Why a request had no success.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// No answer: the server cannot be reached, or the connection broke.
    #[error("no answer from the server")]
    Network(#[source] reqwest::Error),
    /// Whoever answers cannot prove to be the server: its certificate is not one that is trusted.
    #[error(
        "the certificate of the server is not trusted; if an authority of your own has signed it, \
         give its certificate to `AppBuilder::add_tls_roots`"
    )]
    Certificate(#[source] reqwest::Error),
    /// The network changed while the request was on its way.
    #[error("the network changed while the request was on its way")]
    Interrupted,
    /// The server refused the request.
    #[error("the server refused: {message} ({status}{})", if code.is_empty() { String::new() } else { format!(", {code}") })]
    Refused {
        /// HTTP status.
        status: u16,
        /// App Services name of the error, such as `InvalidSession`; may be empty.
        code: String,
        /// The server's words.
        message: String,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
    },
    /// An answer that this library does not understand.
    #[error("the answer of the server cannot be read")]
    Answer(#[source] Box<dyn StdError + Send + Sync>),
    /// The host name that the server gave for further requests is no URL, or is one of the kind
    /// that a secure server has no business to lead to.
    #[error("the server answered the unusable location `{0}`")]
    Location(String),
    /// There is no session, and no credentials to start one.
    #[error("the user is logged out")]
    LoggedOut,
    /// The credentials are those of another user than the one who owns the objects.
    #[error("the credentials are those of the user `{found}`, not of `{wanted}`")]
    OtherUser {
        /// Who the server says they are of.
        found: String,
        /// Who was to log in.
        wanted: String,
    },
}

impl RequestError {
    /// A request that was not answered.
    pub(super) fn unanswered(error: reqwest::Error) -> Self {
        if refuses_certificate(&error) { Self::Certificate(error) } else { Self::Network(error) }
    }

    /// Whether the server said that the token or the credentials are not valid (any more).
    #[must_use]
    pub const fn is_unauthorized(&self) -> bool {
        matches!(self, Self::Refused { status: 401, .. })
    }

    /// Whether the server knows the session, or its user, no longer.
    pub(crate) fn ends_session(&self) -> bool {
        match self {
            Self::Refused { status: 401, .. } => true,
            Self::Refused { code, .. } => code.starts_with("User"),
            _ => false,
        }
    }

    /// A word for metrics.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Network(_) => "network",
            Self::Certificate(_) => "certificate",
            Self::Interrupted => "interrupted",
            Self::Refused { status: 401 | 403, .. } => "unauthorized",
            Self::Refused { status: 429 | 503, .. } => "busy",
            Self::Refused { status: 500..=599, .. } => "server",
            Self::Refused { .. } => "refused",
            Self::Answer(_) | Self::Location(_) => "answer",
            Self::LoggedOut | Self::OtherUser { .. } => "login",
        }
    }
}

/// Whether the server's certificate is what an error comes from.
fn refuses_certificate(error: &(dyn StdError + 'static)) -> bool {
    if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
        return true;
    }
    // An `io::Error` is not the source of what it wraps, but steps aside for it.
    let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    let cause = wrapped.map(|wrapped| wrapped as &(dyn StdError + 'static)).or(error.source());
    cause.is_some_and(refuses_certificate)
}
