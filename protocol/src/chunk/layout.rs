//! What reader and writer share: sizes, numbers, checksum.

pub(super) const VERSION: u8 = 1;
pub(super) const HEADER_BYTES: usize = 40;
pub(super) const RUN_BYTES: usize = 8;
pub(super) const CHECKSUM: std::ops::Range<usize> = 20..24;

/// How the documents of a chunk are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Codec {
    /// As they are.
    #[default]
    None,
    /// As one zstd frame. A chunk that would not get smaller is kept as it is.
    Zstd,
}

impl Codec {
    pub(super) const fn byte(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Zstd => 1,
        }
    }

    pub(super) const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0 => Some(Self::None),
            1 => Some(Self::Zstd),
            _ => None,
        }
    }
}

/// Number of a class in the class table of an outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassId(u32);

impl ClassId {
    /// The class with this number.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The bare number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// The first BSON document of `bytes` by its own length prefix, and what follows it.
pub(super) fn split_document(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    const EMPTY_DOCUMENT: usize = 5;
    let length = usize::try_from(u32::from_le_bytes(*bytes.first_chunk()?)).ok()?;
    if length < EMPTY_DOCUMENT { None } else { bytes.split_at_checked(length) }
}

/// CRC-32C of everything but the place of the checksum itself, `head` and what follows it; `None` for
/// less than a header.
pub(super) fn checksum_of(head: &[u8], rest: &[u8]) -> Option<u32> {
    let covered = crc32c::crc32c(head.get(..CHECKSUM.start)?);
    let covered = crc32c::crc32c_append(covered, head.get(CHECKSUM.end..)?);
    Some(crc32c::crc32c_append(covered, rest))
}
