//! Why a request to a server failed.

use std::io;

use asymmetric_schema::DocumentError;

/// A request to a server that failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdminError {
    /// The address is none.
    #[error("`{0}` is no URL with http:// or https://")]
    InvalidUrl(String),
    /// TLS cannot be set up on this system.
    #[error("cannot set up TLS")]
    Tls(#[source] rustls::Error),
    /// The server cannot be reached, or breaks off.
    #[error("cannot reach the server")]
    Unreachable(#[source] reqwest::Error),
    /// The server refuses the request.
    #[error("the server answers {status} {code}: {message}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Name of the error; empty if the server gives none.
        code: String,
        /// What the server says.
        message: String,
    },
    /// The server answers something that the Admin API does not.
    #[error("the server's answer to `{request}` is not that of the Admin API: {problem}")]
    Answer {
        /// Method and path.
        request: String,
        /// What is wrong.
        problem: String,
    },
    /// The account belongs to no project, or to several.
    #[error("the account belongs to {0} projects: name one by its id")]
    Project(usize),
    /// No app has this id or name, or several have the name.
    #[error("{found} apps are called `{app}`; there are: {}", .all.join(", "))]
    App {
        /// What was asked for.
        app: String,
        /// How many have it.
        found: usize,
        /// Client app ids of all apps.
        all: Vec<String>,
    },
    /// A schema on the server is no schema.
    #[error("the schema of `{place}` on the server cannot be read")]
    InvalidSchema {
        /// Data source, database and collection.
        place: String,
        /// Why not.
        source: DocumentError,
    },
    /// A draft of other changes is open.
    #[error("a draft of other changes is open for this app: deploy or discard it first")]
    DraftExists,
    /// Sessions of clients would end, which has to be confirmed.
    #[error("changing which collections are asymmetric ends the sessions of clients: confirm it")]
    Unconfirmed,
    /// The server has no place for the options of time-series collections.
    #[error("the server cannot be told which collections are time series")]
    NoTimeSeries,
    /// The app cannot be packed or unpacked.
    #[error("the app cannot be packed or unpacked")]
    Archive(#[source] io::Error),
}
