//! Identities: of an outbox, of an object in it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The identity of one outbox to the server: an ObjectId made when its file is created.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientFileId([u8; 12]);

impl ClientFileId {
    /// The identity with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 12]) -> Self {
        Self(bytes)
    }

    /// The 12 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 12] {
        &self.0
    }
}

impl fmt::Display for ClientFileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ClientFileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClientFileId({self})")
    }
}

/// The text is not a client file id: 24 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a client file id has 24 hexadecimal digits")]
pub struct ParseClientFileIdError;

impl FromStr for ClientFileId {
    type Err = ParseClientFileIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.as_bytes();
        if digits.len() != 24 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(ParseClientFileIdError);
        }
        let number = u128::from_str_radix(text, 16).map_err(|_| ParseClientFileIdError)?;
        let [_, _, _, _, bytes @ ..] = number.to_be_bytes();
        Ok(Self(bytes))
    }
}

/// Position of an object in its outbox.
///
/// Numbers start at 1, grow by one with every object, and are never used twice, not even after the
/// outbox was empty.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct SequenceNumber(u64);

impl SequenceNumber {
    /// The number of the first object of every outbox.
    pub const FIRST: Self = Self(1);

    /// The number as read from a file or a message.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The bare number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The number `objects` further on. Saturates: 2^64 objects are never reached.
    #[must_use]
    pub const fn after(self, objects: u64) -> Self {
        Self(self.0.saturating_add(objects))
    }
}

impl fmt::Display for SequenceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_file_ids_read_back() {
        let id = ClientFileId::from_bytes(*b"\x00\x01\xfe456789abc");
        assert_eq!(id.to_string().parse(), Ok(id));
        for bad in ["", "00", "+0000000000000000000000a", "zz0000000000000000000000"] {
            assert_eq!(bad.parse::<ClientFileId>(), Err(ParseClientFileIdError), "{bad}");
        }
    }
}
