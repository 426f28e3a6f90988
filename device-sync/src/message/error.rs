//! Errors that clients are told.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::Serialize;

use crate::changeset::Key;

/// An error, and what the client shall do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerError {
    /// Which error it is.
    pub code: ErrorCode,
    /// What happened, for the app and its log.
    pub message: String,
    /// When the client shall come back; by its own measure if there is none.
    pub backoff: Option<Backoff>,
    /// The objects that were refused. Only with [`ErrorCode::CompensatingWrite`].
    pub rejection: Option<Rejection>,
}

impl ServerError {
    /// An error with nothing but a message.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), backoff: None, rejection: None }
    }

    /// Objects of an upload that were refused for good. The client goes on; it tells its app when
    /// a [`Download`](super::Download) with an entry reaches the server version.
    pub fn refused(message: impl Into<String>, rejection: Rejection) -> Self {
        let error = Self::new(ErrorCode::CompensatingWrite, message);
        Self { rejection: Some(rejection), ..error }
    }

    pub(super) fn to_json(&self) -> String {
        let action = self.code.action();
        let body = Body {
            message: &self.message,
            try_again: matches!(action, Action::Transient | Action::Warning),
            action,
            should_client_reset: false,
            is_recovery_mode_disabled: false,
            log_url: "",
            backoff: self.backoff,
            rejection: self.rejection.as_ref(),
        };
        serde_json::to_string(&body).expect("texts and numbers always become JSON")
    }
}

/// The JSON of an error. Clients insist on the first six keys.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    message: &'a str,
    try_again: bool,
    action: Action,
    should_client_reset: bool,
    is_recovery_mode_disabled: bool,
    #[serde(rename = "logURL")]
    log_url: &'static str,
    #[serde(flatten)]
    backoff: Option<Backoff>,
    #[serde(flatten)]
    rejection: Option<&'a Rejection>,
}

/// When a client shall come back. Clients want all three numbers, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Backoff {
    /// Seconds before it tries again.
    #[serde(rename = "backoffIntervalSec")]
    pub interval_seconds: u32,
    /// Most seconds between two attempts.
    #[serde(rename = "backoffMaxDelaySec")]
    pub max_delay_seconds: u32,
    /// What the time is multiplied with after each attempt.
    #[serde(rename = "backoffMultiplier")]
    pub multiplier: u32,
}

/// Objects of an upload that were refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rejection {
    /// The objects.
    #[serde(rename = "rejectedUpdates")]
    pub updates: Vec<RejectedUpdate>,
    /// Version of the server at which the client tells its app. Clients crash without it.
    #[serde(rename = "compensatingWriteServerVersion")]
    pub server_version: u64,
    /// The client's version that held the objects.
    #[serde(rename = "rejectedClientVersion")]
    pub client_version: u64,
}

/// An object that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RejectedUpdate {
    /// Name of its class.
    pub table: String,
    /// Its primary key, as [`RejectedUpdate::key`] writes it.
    pub pk: String,
    /// Why.
    pub reason: String,
}

impl RejectedUpdate {
    /// A primary key as errors carry it: base64 of what a changeset would hold, strings inline.
    pub fn key(key: Key<'_>) -> String {
        let mut bytes = Vec::new();
        match key {
            Key::Null => bytes.push(0),
            Key::Int(value) => {
                bytes.push(1);
                integer(&mut bytes, value);
            }
            Key::String(value) => {
                bytes.push(3);
                integer(&mut bytes, i64::try_from(value.len()).unwrap_or(i64::MAX));
                bytes.extend(value.as_bytes());
            }
            Key::ObjectId(value) => {
                bytes.push(10);
                bytes.extend(value);
            }
            Key::Uuid(value) => {
                bytes.push(11);
                bytes.extend(value);
            }
        }
        BASE64_STANDARD.encode(bytes)
    }
}

/// Writes an integer: groups of seven bits, low first, a last one of six bits and the sign.
fn integer(bytes: &mut Vec<u8>, value: i64) {
    let sign = if value < 0 { 0x40 } else { 0 };
    let mut magnitude = if value < 0 { !value } else { value };
    while magnitude > 0x3f {
        bytes.push(low_bits(magnitude) | 0x80);
        magnitude >>= 7;
    }
    bytes.push(low_bits(magnitude) | sign);
}

fn low_bits(magnitude: i64) -> u8 {
    u8::try_from(magnitude & 0x7f).expect("seven bits fit a byte")
}

/// What a client does about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Action {
    /// It tries again after a while; the app sees nothing.
    Transient,
    /// It tells the app, and goes on.
    Warning,
    /// It tells the app, and stops until the app acts.
    ApplicationBug,
    /// The same; the message says that one of the two programs is wrong.
    ProtocolViolation,
}

/// Which error it is. Only those that every client survives and that never cost it its file: some
/// of the protocol's other codes end the process, or delete what was not uploaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum ErrorCode {
    /// The server goes away; come back.
    ConnectionClosed = 100,
    /// The server cannot work right now; come back.
    OtherConnectionError = 101,
    /// A message of a kind that the server does not know.
    UnknownMessage = 102,
    /// A message whose header or body cannot be read.
    BadSyntax = 103,
    /// A message for a session that never was.
    BadSessionIdent = 106,
    /// A session was bound twice.
    ReuseOfSessionIdent = 107,
    /// Two sessions of one connection are the same file.
    BoundInOtherSession = 108,
    /// A message at a time when it cannot be.
    BadMessageOrder = 109,
    /// An upload cannot be decompressed.
    BadDecompression = 110,
    /// The head of a changeset cannot be read.
    BadChangesetHeader = 111,
    /// A changeset is not as long as it says.
    BadChangesetSize = 112,
    /// The client synchronises by partitions.
    SwitchToFlexibleSync = 113,
    /// The session ends; bind it again.
    SessionClosed = 200,
    /// The server failed; bind the session again.
    OtherSessionError = 201,
    /// A changeset cannot be decoded, and the session stops there.
    BadChangeset = 212,
    /// The file belongs to somebody else.
    UserMismatch = 223,
    /// The server is not ready for the session yet.
    InitialSyncNotCompleted = 229,
    /// Objects were refused.
    CompensatingWrite = 231,
}

impl ErrorCode {
    /// The number in the protocol.
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// Whether it is about the whole connection, and goes out with session 0.
    pub const fn ends_connection(self) -> bool {
        self.number() < 200
    }

    /// What the client shall do.
    pub const fn action(self) -> Action {
        match self {
            Self::ConnectionClosed
            | Self::OtherConnectionError
            | Self::SessionClosed
            | Self::OtherSessionError
            | Self::InitialSyncNotCompleted => Action::Transient,
            Self::CompensatingWrite => Action::Warning,
            Self::SwitchToFlexibleSync | Self::BadChangeset | Self::UserMismatch => {
                Action::ApplicationBug
            }
            Self::UnknownMessage
            | Self::BadSyntax
            | Self::BadSessionIdent
            | Self::ReuseOfSessionIdent
            | Self::BoundInOtherSession
            | Self::BadMessageOrder
            | Self::BadDecompression
            | Self::BadChangesetHeader
            | Self::BadChangesetSize => Action::ProtocolViolation,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_written_as_clients_read_them() {
        let object_id = *b"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c";
        assert_eq!(RejectedUpdate::key(Key::ObjectId(object_id)), "CgECAwQFBgcICQoLDA==");
        assert_eq!(RejectedUpdate::key(Key::String("pk1")), "AwNwazE=");
        assert_eq!(RejectedUpdate::key(Key::Int(42)), "ASo=");
        assert_eq!(RejectedUpdate::key(Key::Null), BASE64_STANDARD.encode([0]));
        let negative = BASE64_STANDARD.encode([1, 0xab, 0x42]);
        assert_eq!(RejectedUpdate::key(Key::Int(-300)), negative);
    }

    #[test]
    fn backoff_is_told_by_three_numbers() {
        let backoff = Backoff { interval_seconds: 5, max_delay_seconds: 60, multiplier: 2 };
        let error = ServerError::new(ErrorCode::OtherSessionError, "the store is away");
        let error = ServerError { backoff: Some(backoff), ..error };
        assert_eq!(
            error.to_json(),
            r#"{"message":"the store is away","tryAgain":true,"action":"Transient","shouldClientReset":false,"isRecoveryModeDisabled":false,"logURL":"","backoffIntervalSec":5,"backoffMaxDelaySec":60,"backoffMultiplier":2}"#
        );
    }
}
