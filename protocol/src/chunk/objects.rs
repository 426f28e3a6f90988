//! Collecting objects.

use super::layout::ClassId;

/// Objects on their way into chunks: documents back to back, and the runs that name their classes.
///
/// Writers fill one each; a group commit joins them, and a [`Cutter`](super::Cutter) cuts the chunks.
#[derive(Clone, Debug, Default)]
pub struct Objects {
    pub(super) documents: Vec<u8>,
    /// Where each document ends, so that cutting need not look into them.
    pub(super) ends: Vec<usize>,
    pub(super) runs: Vec<(ClassId, u32)>,
    count: u32,
}

impl Objects {
    /// No objects.
    #[must_use]
    pub const fn new() -> Self {
        Self { documents: Vec::new(), ends: Vec::new(), runs: Vec::new(), count: 0 }
    }

    /// How many objects there are.
    #[must_use]
    pub const fn len(&self) -> u32 {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// All documents, back to back.
    #[must_use]
    pub fn documents(&self) -> &[u8] {
        &self.documents
    }

    /// Bytes of all documents.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.documents.len()
    }

    /// Bytes of documents for which there is memory.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.documents.capacity()
    }

    /// Lets `encode` append one document of `class`; takes back what it wrote if it fails.
    ///
    /// The caller sees to it that the document is whole and below
    /// [`MAX_OBJECT_BYTES`](crate::limits::MAX_OBJECT_BYTES).
    pub fn push_with<E>(
        &mut self,
        class: ClassId,
        encode: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<&[u8], E> {
        let start = self.documents.len();
        if let Err(error) = encode(&mut self.documents) {
            self.documents.truncate(start);
            return Err(error);
        }
        self.ends.push(self.documents.len());
        self.count += 1;
        push_run(&mut self.runs, class, 1);
        Ok(self.documents.get(start..).unwrap_or_default())
    }

    /// Moves all objects of `other` behind the own ones and leaves it empty, with its memory; if
    /// there are none of the own, the two change places, and nothing is copied.
    pub fn append(&mut self, other: &mut Self) {
        if self.is_empty() {
            std::mem::swap(self, other);
            return;
        }
        let before = self.documents.len();
        self.documents.append(&mut other.documents);
        self.ends.extend(other.ends.drain(..).map(|end| before + end));
        for (class, objects) in other.runs.drain(..) {
            push_run(&mut self.runs, class, objects);
        }
        self.count += std::mem::take(&mut other.count);
    }

    /// Forgets all objects and keeps the memory.
    pub fn clear(&mut self) {
        self.documents.clear();
        self.ends.clear();
        self.runs.clear();
        self.count = 0;
    }
}

/// Says that so many further objects are of this class.
pub(super) fn push_run(runs: &mut Vec<(ClassId, u32)>, class: ClassId, more: u32) {
    match runs.last_mut() {
        Some((last, objects)) if *last == class => *objects += more,
        _ => runs.push((class, more)),
    }
}
