//! Documents and their sequence numbers, as the batches that all other clients send.

use asymmetric_protocol::{
    ClientFileId, SequenceNumber,
    batch::{BatchWriter, ClassEntry},
    chunk::{ClassId, Codec, Cutter, Objects},
};

/// Bytes of chunks after which another batch begins.
const BATCH_BYTES: usize = 8 * 1024 * 1024;

/// A transaction of a device: its version, and when it was written, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Transaction {
    pub(super) version: u64,
    pub(super) written_at: i64,
}

/// Collects documents. Those of a transaction whose sequence numbers follow each other become
/// chunks.
#[derive(Debug)]
pub(super) struct Batches {
    classes: Vec<ClassEntry>,
    /// Documents that follow each other, of which transaction, and from where to where.
    run: Objects,
    cutter: Cutter,
    of: Transaction,
    first: SequenceNumber,
    next: SequenceNumber,
    chunks: Vec<(Transaction, Vec<u8>)>,
}

impl Batches {
    pub(super) fn new() -> Self {
        let none = SequenceNumber::new(0);
        Self {
            classes: Vec::new(),
            run: Objects::default(),
            cutter: Cutter::new(Codec::None),
            of: Transaction { version: 0, written_at: 0 },
            first: none,
            next: none,
            chunks: Vec::new(),
        }
    }

    /// Adds a class. Its entry is made with the number that documents name it by.
    pub(super) fn class(&mut self, entry: impl FnOnce(ClassId) -> ClassEntry) -> ClassId {
        let id = ClassId::new(u32::try_from(self.classes.len()).unwrap_or(u32::MAX));
        self.classes.push(entry(id));
        id
    }

    /// The classes.
    pub(super) fn classes(&self) -> &[ClassEntry] {
        &self.classes
    }

    /// Adds a document. Sequence numbers grow, with gaps.
    pub(super) fn push(
        &mut self,
        of: Transaction,
        sequence: SequenceNumber,
        class: ClassId,
        document: &[u8],
    ) {
        if self.of != of || self.next != sequence {
            self.end_run();
            (self.of, self.first) = (of, sequence);
        }
        self.next = sequence.after(1);
        let append = |out: &mut Vec<u8>| {
            out.extend_from_slice(document);
            Ok::<(), std::convert::Infallible>(())
        };
        match self.run.push_with(class, append) {
            Ok(_) => {}
        }
    }

    /// No more documents come.
    pub(super) fn end_run(&mut self) {
        let (of, first, chunks) = (self.of, self.first, &mut self.chunks);
        let keep = |_, chunk: &[u8]| {
            chunks.push((of, chunk.to_vec()));
            Ok::<(), std::convert::Infallible>(())
        };
        match self.cutter.cut(&mut self.run, of.written_at, first, 0, keep) {
            Ok(()) => {}
        }
    }

    /// The transactions that documents are of, in order.
    pub(super) fn transactions(&self) -> Vec<Transaction> {
        let mut transactions: Vec<_> = self.chunks.iter().map(|(of, _)| *of).collect();
        transactions.dedup();
        transactions
    }

    /// The bodies of the batches. `file_of` names the outbox of each transaction.
    pub(super) fn into_bodies(
        self,
        mut file_of: impl FnMut(Transaction) -> ClientFileId,
    ) -> Vec<Vec<u8>> {
        let mut bodies = Vec::new();
        let mut current: Option<(ClientFileId, usize, BatchWriter)> = None;
        for (of, chunk) in self.chunks {
            let file = file_of(of);
            if current.as_ref().is_some_and(|(of, bytes, _)| *of != file || *bytes >= BATCH_BYTES) {
                bodies.extend(current.take().map(|(_, _, batch)| batch.finish()));
            }
            let (_, bytes, batch) =
                current.get_or_insert_with(|| (file, 0, BatchWriter::new(file, &self.classes)));
            *bytes += chunk.len();
            batch.push(&chunk);
        }
        bodies.extend(current.map(|(_, _, batch)| batch.finish()));
        bodies
    }
}
