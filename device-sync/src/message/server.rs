//! What the server sends.

use serde::Serialize;

use super::{Ident, ServerError};
use crate::negotiation::ProtocolVersion;

/// The changeset that does nothing: it interns the empty string.
const NO_OPERATION: &[u8] = b"\x3f\x00\x00";
/// Who wrote the changesets of the server: nobody's file has this number.
const SERVER_IDENT: u64 = 1;
/// When, in milliseconds since 2015: no client looks.
const SERVER_TIMESTAMP: u64 = 1000;

/// A message to a client.
#[derive(Clone, Debug)]
pub enum ServerMessage<'a> {
    /// The identity of a new file.
    Ident {
        /// Number of the session.
        session: u64,
        /// The identity.
        ident: Ident,
    },
    /// How far the server has come.
    Download(Download),
    /// Everything before the client's mark was answered.
    Mark {
        /// Number of the session.
        session: u64,
        /// The number in the client's mark.
        request: u64,
    },
    /// All work for a session has ended.
    Unbound {
        /// Number of the session.
        session: u64,
    },
    /// The connection lives.
    Pong {
        /// The number in the client's ping.
        timestamp: u64,
    },
    /// Something is wrong.
    Error {
        /// Number of the session; 0 for errors that are about the connection.
        session: u64,
        /// What is wrong.
        error: &'a ServerError,
    },
    /// A line for the client's log. Only for clients that know it.
    Log {
        /// Number of the session; 0 for the connection.
        session: u64,
        /// How important it is.
        level: LogLevel,
        /// The line.
        message: &'a str,
        /// Identity of the connection in the server's log.
        correlation_id: &'a str,
    },
}

/// How far the server has come. What was uploaded up to `upload_client` is durable; the client lets
/// go of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Download {
    /// Number of the session.
    pub session: u64,
    /// Version of the server.
    pub server_version: u64,
    /// Its salt. It stays the same for a file, and is never 0.
    pub server_salt: u64,
    /// The client's version up to which everything is durable.
    pub client_version: u64,
    /// The server's version that the client had integrated by then.
    pub upload_server: u64,
    /// Version of the client's subscriptions.
    pub query_version: u64,
    /// Whether the message belongs to a bootstrap.
    pub batch_state: BatchState,
    /// A changeset that does nothing. A bootstrap must have it, and errors about refused objects
    /// reach the app only when one arrives.
    pub entry: Option<NoOperation>,
}

/// Whether a download belongs to a bootstrap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchState {
    /// It is the whole bootstrap of a set of subscriptions.
    Bootstrap,
    /// It is not.
    Steady,
}

/// A changeset that does nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoOperation;

/// How important a line of a log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
}

impl ServerMessage<'_> {
    /// The bytes of the message, for a client that speaks this version.
    pub fn encode(&self, version: ProtocolVersion) -> Vec<u8> {
        match self {
            Self::Ident { session, ident } => {
                format!("ident {session} {} {}\n", ident.file, ident.salt).into_bytes()
            }
            Self::Download(download) => download.encode(version),
            Self::Mark { session, request } => format!("mark {session} {request}\n").into_bytes(),
            Self::Unbound { session } => format!("unbound {session}\n").into_bytes(),
            Self::Pong { timestamp } => format!("pong {timestamp}\n").into_bytes(),
            Self::Error { session, error } => {
                let body = error.to_json();
                let code = error.code.number();
                format!("json_error {code} {} {session}\n{body}", body.len()).into_bytes()
            }
            Self::Log { session, level, message, correlation_id } => {
                #[derive(Serialize)]
                struct Body<'a> {
                    level: LogLevel,
                    msg: &'a str,
                    co_id: &'a str,
                }
                let body = Body { level: *level, msg: message, co_id: correlation_id };
                let body = serde_json::to_string(&body).expect("texts always become JSON");
                format!("log_message {session} {}\n{body}", body.len()).into_bytes()
            }
        }
    }
}

impl Download {
    fn encode(&self, version: ProtocolVersion) -> Vec<u8> {
        let Self { session, server_version, server_salt, client_version, upload_server, .. } = self;
        let entry = self.entry.map(|NoOperation| {
            let size = NO_OPERATION.len();
            let head = format!(
                "{server_version} {client_version} {SERVER_TIMESTAMP} {SERVER_IDENT} {size} {size} "
            );
            [head.as_bytes(), NO_OPERATION].concat()
        });
        let entry = entry.unwrap_or_default();
        // Clients before 14.11 read it as "is the last of its batch"; both 1 and 2 say that it is.
        let batch_state = match self.batch_state {
            BatchState::Bootstrap => 1,
            BatchState::Steady => 2,
        };
        // A number of bytes, or a fraction. Some clients read one where the other was agreed on, so
        // it is one that both can read.
        let progress = u32::from(version.has_progress_estimate());
        let mut message = format!(
            "download {session} {server_version} {client_version} {server_version} {server_salt} \
             {client_version} {upload_server} {} {batch_state} {progress} 0 {} 0\n",
            self.query_version,
            entry.len(),
        )
        .into_bytes();
        message.extend(entry);
        message
    }
}
