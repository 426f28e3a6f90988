//! Uploads, and the changesets in them.

use std::borrow::Cow;

use flate2::{Decompress, FlushDecompress, Status};

use super::{
    EPOCH_MILLIS, MessageError,
    header::{Header, number, whole},
};

/// Changesets of one file, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload<'a> {
    /// Number of the session.
    pub session: u64,
    /// The client's version that the upload goes up to: at least that of its last changeset.
    pub progress_client: u64,
    /// The server's version that the client had integrated by then.
    pub progress_server: u64,
    /// Length of the changesets with their heads, decompressed.
    size: u64,
    compressed: bool,
    body: &'a [u8],
}

impl<'a> Upload<'a> {
    pub(super) fn parse(mut header: Header<'a>, body: &'a [u8]) -> Result<Self, MessageError> {
        let session = header.number("session")?;
        let compressed = header.boolean("is compressed")?;
        let size = header.number("uncompressed size")?;
        let compressed_size = header.number("compressed size")?;
        let progress_client = header.number("progress client version")?;
        let progress_server = header.number("progress server version")?;
        header.number("locked server version")?;
        header.end()?;
        let body = whole("upload", body, if compressed { compressed_size } else { size })?;
        Ok(Self { session, progress_client, progress_server, size, compressed, body })
    }

    /// How long the changesets are with their heads, decompressed.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Whether there is no changeset: the client only tells how far it has come.
    pub const fn is_empty(&self) -> bool {
        self.size == 0
    }

    /// The changesets with their heads, decompressed. Blocks for a moment if they are compressed.
    ///
    /// Allocates at most `limit` bytes, whatever the message claims.
    pub fn decompress(&self, limit: usize) -> Result<Cow<'a, [u8]>, MessageError> {
        let size = usize::try_from(self.size).ok().filter(|size| *size <= limit);
        let size = size.ok_or(MessageError::TooLarge { size: self.size, limit })?;
        if !self.compressed {
            return Ok(Cow::Borrowed(self.body));
        }
        // A byte more than there should be shows that there is more.
        let mut inflated = Vec::with_capacity(size + 1);
        let mut inflate = Decompress::new(true);
        let status = inflate.decompress_vec(self.body, &mut inflated, FlushDecompress::Finish);
        let whole = inflate.total_in() == self.body.len() as u64;
        match status {
            Ok(Status::StreamEnd) if whole && inflated.len() == size => Ok(Cow::Owned(inflated)),
            _ => Err(MessageError::Decompression(self.size)),
        }
    }

    /// Splits what [`decompress`](Self::decompress) returned.
    pub const fn entries<'b>(&self, body: &'b [u8]) -> Entries<'b> {
        Entries { body, offset: 0, last: 0, limit: self.progress_client, failed: false }
    }
}

/// One changeset of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The client's version that it made; versions grow, with gaps.
    pub client_version: u64,
    /// Last version of the server that the file had integrated.
    pub server_version: u64,
    /// When it was written by the device's clock, in milliseconds since 1970.
    pub written_at_millis: i64,
    /// The changeset.
    pub changeset: &'a [u8],
}

/// The changesets of an upload, one by one. Ends after the first error.
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    body: &'a [u8],
    offset: usize,
    last: u64,
    limit: u64,
    failed: bool,
}

impl<'a> Entries<'a> {
    fn entry(&mut self) -> Result<Entry<'a>, MessageError> {
        let malformed = MessageError::EntryHead(self.offset);
        let mut rest = self.body.get(self.offset..).unwrap_or_default();
        let mut word = || {
            // Numbers have at most 19 digits.
            let end = rest.iter().take(20).position(|byte| *byte == b' ')?;
            let (word, tail) = rest.split_at_checked(end)?;
            rest = tail.get(1..)?;
            number(str::from_utf8(word).ok()?)
        };
        let mut head = || Some((word()?, word()?, word()?, word()?, word()?));
        let (client_version, server_version, timestamp, origin, size) =
            head().ok_or_else(|| malformed.clone())?;
        // A client uploads nothing but its own changes, in order, up to where it says it has come.
        if client_version <= self.last || client_version > self.limit || origin != 0 {
            return Err(malformed);
        }
        let changeset = usize::try_from(size).ok().and_then(|size| rest.get(..size));
        let changeset = changeset.ok_or(MessageError::EntrySize(self.offset))?;
        self.last = client_version;
        self.offset = self.body.len() - rest.len() + changeset.len();
        let written_at_millis =
            i64::try_from(timestamp).unwrap_or(i64::MAX).saturating_add(EPOCH_MILLIS);
        Ok(Entry { client_version, server_version, written_at_millis, changeset })
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<Entry<'a>, MessageError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed || self.offset >= self.body.len() {
            return None;
        }
        let entry = self.entry();
        self.failed = entry.is_err();
        Some(entry)
    }
}
