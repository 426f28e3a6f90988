//! Building the body of an upload request.

use super::{Announcement, ClassEntry, MAGIC, VERSION};
use crate::ClientFileId;

const HEADER_BYTES: usize = 24;
const CHUNK_FRAME_BYTES: usize = 4;

/// Builds the body of an upload request.
#[derive(Clone, Debug)]
pub struct BatchWriter {
    body: Vec<u8>,
    chunks: u32,
}

impl BatchWriter {
    /// A batch from `client_file` whose chunks use these classes.
    pub fn new<'a>(
        client_file: ClientFileId,
        classes: impl IntoIterator<Item = &'a ClassEntry>,
    ) -> Self {
        let classes = classes.into_iter().map(|class| (class, Announcement::None));
        Self::announcing(client_file, classes)
    }

    /// The same, with what the server asked for.
    pub fn announcing<'a, 'b>(
        client_file: ClientFileId,
        classes: impl IntoIterator<Item = (&'a ClassEntry, Announcement<'b>)>,
    ) -> Self {
        let mut body = Vec::with_capacity(HEADER_BYTES);
        body.extend_from_slice(&MAGIC);
        body.extend_from_slice(&VERSION.to_le_bytes());
        body.extend_from_slice(&[0; 6]);
        body.extend_from_slice(client_file.as_bytes());
        let mut count = 0_u16;
        for (class, announcement) in classes {
            class.encode_with(announcement, &mut body);
            count = count.saturating_add(1);
        }
        let mut writer = Self { body, chunks: 0 };
        writer.patch(6, &count.to_le_bytes());
        writer
    }

    /// Appends a chunk as it is stored.
    pub fn push(&mut self, chunk: &[u8]) {
        let length = u32::try_from(chunk.len()).expect("chunks are cut far below 4 GiB");
        self.body.reserve(CHUNK_FRAME_BYTES + chunk.len());
        self.body.extend_from_slice(&length.to_le_bytes());
        self.body.extend_from_slice(chunk);
        self.chunks += 1;
    }

    /// The finished body.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        let chunks = self.chunks;
        self.patch(8, &chunks.to_le_bytes());
        self.body
    }

    fn patch(&mut self, offset: usize, value: &[u8]) {
        if let Some(place) = self.body.get_mut(offset..offset + value.len()) {
            place.copy_from_slice(value);
        }
    }
}
