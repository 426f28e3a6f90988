//! Headers, word by word.

use super::ErrorCode;

/// Longest header. Clients send a quarter of it.
const MAX_HEADER_BYTES: usize = 1024;

/// A message that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// A message of a kind that no client in the field sends.
    #[error("there is no message `{}`", .0.escape_debug())]
    UnknownMessage(String),
    /// The header does not end, or is far too long.
    #[error("the header has no end within {limit} bytes")]
    Endless {
        /// How long it may be.
        limit: usize,
    },
    /// A word of the header is missing.
    #[error("the header of `{message}` ends before `{word}`")]
    Missing {
        /// Name of the message.
        message: &'static str,
        /// The word.
        word: &'static str,
    },
    /// A word of the header is not what it should be.
    #[error("`{word}` of `{message}` is `{}`", found.escape_debug())]
    Word {
        /// Name of the message.
        message: &'static str,
        /// The word.
        word: &'static str,
        /// What stands there.
        found: String,
    },
    /// The header goes on where it should end.
    #[error("the header of `{message}` goes on with `{}`", found.escape_debug())]
    Surplus {
        /// Name of the message.
        message: &'static str,
        /// What stands there.
        found: String,
    },
    /// The body is not as long as the header says.
    #[error("the body of `{message}` has {found} bytes where the header says {expected}")]
    BodySize {
        /// Name of the message.
        message: &'static str,
        /// What the header says.
        expected: u64,
        /// How long the body is.
        found: usize,
    },
    /// A body that should be a text, or JSON, is not.
    #[error("the body of `{message}` is no {what}")]
    Body {
        /// Name of the message.
        message: &'static str,
        /// What it should be.
        what: &'static str,
    },
    /// An upload is larger than is accepted.
    #[error("the upload has {size} bytes, and at most {limit} are accepted")]
    TooLarge {
        /// How large it is.
        size: u64,
        /// How large it may be.
        limit: usize,
    },
    /// A compressed body is damaged, or does not become as long as it says.
    #[error("the upload cannot be decompressed to the {0} bytes that it announces")]
    Decompression(u64),
    /// The head of a changeset in an upload cannot be read, or goes back.
    #[error("the head of the changeset at byte {0} is malformed")]
    EntryHead(usize),
    /// A changeset in an upload is longer than what is left.
    #[error("the changeset at byte {0} is longer than the upload")]
    EntrySize(usize),
}

impl MessageError {
    /// What to answer; it ends the connection.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::UnknownMessage(_) => ErrorCode::UnknownMessage,
            Self::Endless { .. }
            | Self::Missing { .. }
            | Self::Word { .. }
            | Self::Surplus { .. }
            | Self::BodySize { .. }
            | Self::Body { .. } => ErrorCode::BadSyntax,
            Self::Decompression(_) => ErrorCode::BadDecompression,
            Self::EntryHead(_) => ErrorCode::BadChangesetHeader,
            Self::TooLarge { .. } | Self::EntrySize(_) => ErrorCode::BadChangesetSize,
        }
    }
}

/// The words of a header.
#[derive(Debug)]
pub(super) struct Header<'a> {
    message: &'static str,
    words: std::str::Split<'a, char>,
}

impl<'a> Header<'a> {
    /// Splits a message into its name, the rest of its header, and its body.
    pub(super) fn split(message: &'a [u8]) -> Result<(&'a str, &'a str, &'a [u8]), MessageError> {
        let endless = MessageError::Endless { limit: MAX_HEADER_BYTES };
        let end = message.iter().take(MAX_HEADER_BYTES).position(|byte| *byte == b'\n');
        let (header, body) = end.and_then(|end| message.split_at_checked(end)).ok_or(endless)?;
        let header = str::from_utf8(header).map_err(|_| {
            MessageError::UnknownMessage(String::from_utf8_lossy(header).into_owned())
        })?;
        let (name, words) = header.split_once(' ').unwrap_or((header, ""));
        Ok((name, words, body.get(1..).unwrap_or_default()))
    }

    pub(super) fn new(message: &'static str, words: &'a str) -> Self {
        Self { message, words: words.split(' ') }
    }

    /// A number below 2^63: clients count in signed integers.
    pub(super) fn number(&mut self, word: &'static str) -> Result<u64, MessageError> {
        let message = self.message;
        let text = self.words.next().filter(|text| !text.is_empty());
        let text = text.ok_or(MessageError::Missing { message, word })?;
        number(text).ok_or_else(|| MessageError::Word { message, word, found: text.to_owned() })
    }

    /// 0 or 1.
    pub(super) fn boolean(&mut self, word: &'static str) -> Result<bool, MessageError> {
        match self.number(word)? {
            0 => Ok(false),
            1 => Ok(true),
            found => {
                Err(MessageError::Word { message: self.message, word, found: found.to_string() })
            }
        }
    }

    /// Fails if the header goes on.
    pub(super) fn end(mut self) -> Result<(), MessageError> {
        match self.words.next() {
            None => Ok(()),
            Some(found) => {
                Err(MessageError::Surplus { message: self.message, found: found.to_owned() })
            }
        }
    }
}

/// Digits, and nothing else, of a number below 2^63.
pub(super) fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten().filter(|number| i64::try_from(*number).is_ok())
}

/// The body, if it is as long as the header says.
pub(super) fn whole<'a>(
    message: &'static str,
    body: &'a [u8],
    expected: u64,
) -> Result<&'a [u8], MessageError> {
    if usize::try_from(expected) == Ok(body.len()) {
        Ok(body)
    } else {
        Err(MessageError::BodySize { message, expected, found: body.len() })
    }
}

/// The body as text.
pub(super) fn text<'a>(message: &'static str, body: &'a [u8]) -> Result<&'a str, MessageError> {
    str::from_utf8(body).map_err(|_| MessageError::Body { message, what: "UTF-8" })
}
