//! What clients send.

use serde::Deserialize;

use super::{
    MessageError, Upload,
    header::{Header, text, whole},
};

/// A message from a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientMessage<'a> {
    /// A file takes part in the connection from now on.
    Bind {
        /// Number by which the connection names the file; chosen by the client, never 0.
        session: u64,
        /// Whether the file has no identity yet, and wants one.
        need_ident: bool,
        /// What else the client tells.
        options: BindOptions,
    },
    /// The file says who it is, and how far it has come.
    Ident {
        /// Number of the session.
        session: u64,
        /// Identity of the file.
        ident: Ident,
        /// How far it has come.
        cursors: Cursors,
        /// What it subscribes to.
        query: Query<'a>,
    },
    /// The file subscribes to something else.
    Query {
        /// Number of the session.
        session: u64,
        /// What it subscribes to.
        query: Query<'a>,
    },
    /// The client wants to know when everything before this message was answered.
    Mark {
        /// Number of the session.
        session: u64,
        /// Number that the answer repeats.
        request: u64,
    },
    /// Changesets.
    Upload(Upload<'a>),
    /// The file leaves the connection.
    Unbind {
        /// Number of the session.
        session: u64,
    },
    /// The client wants to know whether the connection lives.
    Ping {
        /// Number that the answer repeats.
        timestamp: u64,
        /// How long the last answer took, in milliseconds.
        round_trip_millis: u64,
    },
    /// The client could not use what it was sent.
    Error {
        /// Number of the session; 0 for the connection.
        session: u64,
        /// Number of the error.
        code: u64,
        /// What happened, for people.
        message: String,
    },
}

/// What a client tells when it binds a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BindOptions {
    /// 1 if the file is a fresh copy for a client reset.
    pub session_reason: u64,
    /// Version of the app's schema; 0 if it has none.
    pub schema_version: u64,
}

/// The identity of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ident {
    /// Its number.
    pub file: u64,
    /// What keeps others from guessing it.
    pub salt: u64,
}

/// How far a file has come, by its own account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursors {
    /// Last version of the server that it integrated.
    pub download_server: u64,
    /// Its own version that the server reported with that.
    pub download_client: u64,
    /// Newest version of the server that it has seen.
    pub latest_server: u64,
    /// The salt of that version.
    pub latest_salt: u64,
}

/// A set of subscriptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query<'a> {
    /// Its version; it grows with every change.
    pub version: u64,
    /// The queries by class, as JSON. Nothing is ever sent down, so nobody reads them.
    pub text: &'a str,
}

impl<'a> ClientMessage<'a> {
    /// Reads a message.
    pub fn parse(message: &'a [u8]) -> Result<Self, MessageError> {
        let (name, words, body) = Header::split(message)?;
        match name {
            "bind" => bind(Header::new("bind", words), body),
            "ident" => ident(Header::new("ident", words), body),
            "query" => {
                let mut header = Header::new("query", words);
                let session = header.number("session")?;
                let query = query("query", header, body)?;
                Ok(Self::Query { session, query })
            }
            "mark" => {
                let mut header = Header::new("mark", words);
                let (session, request) = (header.number("session")?, header.number("request")?);
                header.end()?;
                whole("mark", body, 0)?;
                Ok(Self::Mark { session, request })
            }
            "upload" => Upload::parse(Header::new("upload", words), body).map(Self::Upload),
            "unbind" => {
                let mut header = Header::new("unbind", words);
                let session = header.number("session")?;
                header.end()?;
                whole("unbind", body, 0)?;
                Ok(Self::Unbind { session })
            }
            "ping" => {
                let mut header = Header::new("ping", words);
                let timestamp = header.number("timestamp")?;
                let round_trip_millis = header.number("rtt")?;
                header.end()?;
                whole("ping", body, 0)?;
                Ok(Self::Ping { timestamp, round_trip_millis })
            }
            "json_error" => error(Header::new("json_error", words), body),
            unknown => Err(MessageError::UnknownMessage(unknown.to_owned())),
        }
    }

    /// Number of the session that the message belongs to; `None` if it is about the connection.
    pub fn session(&self) -> Option<u64> {
        match self {
            Self::Bind { session, .. }
            | Self::Ident { session, .. }
            | Self::Query { session, .. }
            | Self::Mark { session, .. }
            | Self::Upload(Upload { session, .. })
            | Self::Unbind { session } => Some(*session),
            Self::Error { session, .. } => (*session != 0).then_some(*session),
            Self::Ping { .. } => None,
        }
    }
}

fn bind<'a>(mut header: Header<'a>, body: &'a [u8]) -> Result<ClientMessage<'a>, MessageError> {
    let session = header.number("session")?;
    let data_size = header.number("data size")?;
    let token_size = header.number("token size")?;
    let need_ident = header.boolean("need ident")?;
    header.boolean("is subserver")?;
    header.end()?;
    let body = whole("bind", body, data_size.saturating_add(token_size))?;
    // The token travels in the URL; what stands in its old place is nobody's.
    let data = usize::try_from(data_size).ok().and_then(|size| body.get(..size));
    let options = match data {
        None | Some([]) => BindOptions::default(),
        Some(data) => serde_json::from_slice(data)
            .map_err(|_| MessageError::Body { message: "bind", what: "JSON" })?,
    };
    Ok(ClientMessage::Bind { session, need_ident, options })
}

fn ident<'a>(mut header: Header<'a>, body: &'a [u8]) -> Result<ClientMessage<'a>, MessageError> {
    Ok(ClientMessage::Ident {
        session: header.number("session")?,
        ident: Ident { file: header.number("file ident")?, salt: header.number("salt")? },
        cursors: Cursors {
            download_server: header.number("download server version")?,
            download_client: header.number("download client version")?,
            latest_server: header.number("latest server version")?,
            latest_salt: header.number("latest salt")?,
        },
        query: query("ident", header, body)?,
    })
}

fn query<'a>(
    message: &'static str,
    mut header: Header<'a>,
    body: &'a [u8],
) -> Result<Query<'a>, MessageError> {
    let version = header.number("query version")?;
    let size = header.number("query size")?;
    header.end()?;
    Ok(Query { version, text: text(message, whole(message, body, size)?)? })
}

fn error<'a>(mut header: Header<'a>, body: &'a [u8]) -> Result<ClientMessage<'a>, MessageError> {
    #[derive(Deserialize)]
    struct Body {
        #[serde(default)]
        message: String,
    }
    let code = header.number("code")?;
    let size = header.number("size")?;
    let session = header.number("session")?;
    header.end()?;
    let body = whole("json_error", body, size)?;
    let body: Body = serde_json::from_slice(body)
        .map_err(|_| MessageError::Body { message: "json_error", what: "JSON" })?;
    Ok(ClientMessage::Error { session, code, message: body.message })
}
