//! Whether a file is whole.

use std::collections::BTreeSet;

use asymmetric_protocol::{
    SequenceNumber,
    chunk::{Chunk, ChunkError, ClassId},
};
use redb::{ReadableTable as _, TableHandle as _};

use super::{
    super::{
        OpenError, RejectedObject,
        meta::{self, CHUNKS, CLASSES, DAMAGED, META, REJECTED},
        sealed::unseal,
    },
    OutboxFile,
};

/// What was verified, and what is wrong.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Check {
    /// Chunks that were read.
    pub chunks: u64,
    /// Objects in those that are whole.
    pub objects: u64,
    /// Rows of the other tables that were read.
    pub rows: u64,
    /// Everything that is wrong, in the order of the file.
    pub faults: Vec<Fault>,
}

/// Something in a file that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A chunk does not match its checksum, or cannot be read.
    #[error("the chunk at sequence number {first} is damaged: {error}")]
    DamagedChunk {
        /// Where it stands.
        first: SequenceNumber,
        /// What is wrong with it.
        error: ChunkError,
    },
    /// A chunk stands in the place of another one.
    #[error("the chunk at sequence number {first} says that it is that at {found}")]
    MisplacedChunk {
        /// Where it stands.
        first: SequenceNumber,
        /// Where it says that it belongs.
        found: SequenceNumber,
    },
    /// Objects are missing between two chunks.
    #[error("sequence numbers {from} to {to} are missing")]
    Missing {
        /// The first that is missing.
        from: SequenceNumber,
        /// The next that is there.
        to: SequenceNumber,
    },
    /// A chunk begins before the one in front of it ends.
    #[error("the chunk at sequence number {first} begins before the one in front of it ends")]
    Overlap {
        /// Where it stands.
        first: SequenceNumber,
    },
    /// A chunk counts the bytes before it differently than the chunks before it do.
    #[error("the chunk at sequence number {first} has position {found}, not {expected}")]
    Position {
        /// Where it stands.
        first: SequenceNumber,
        /// Position it says.
        found: u64,
        /// Position that the chunks before it give.
        expected: u64,
    },
    /// A chunk holds objects of a class that the file does not know.
    #[error("the chunk at sequence number {first} holds objects of the unknown class {class}")]
    UnknownClass {
        /// Where it stands.
        first: SequenceNumber,
        /// Number of the class.
        class: u32,
    },
    /// A row of another table does not match its checksum, or is missing.
    #[error("the row `{key}` of the table `{table}` is damaged or missing")]
    DamagedRow {
        /// The table.
        table: String,
        /// Its key.
        key: String,
    },
}

/// What the chunks before one say about it.
struct Expected {
    first: SequenceNumber,
    position: u64,
}

impl OutboxFile {
    /// Verifies the checksum of every chunk and of every row, and that no object is missing.
    ///
    /// # Errors
    ///
    /// Only if the file cannot be read; what is wrong with it is in [`Check::faults`].
    pub fn check(&self) -> Result<Check, OpenError> {
        let mut check = Check { chunks: 0, objects: 0, rows: 0, faults: Vec::new() };
        self.check_meta(&mut check)?;
        let classes = self.check_classes(&mut check)?;
        let aside = self.check_damaged(&mut check)?;
        self.check_chunks(&classes, &aside, &mut check)?;
        self.check_rejected(&mut check)?;
        Ok(check)
    }

    fn check_meta(&self, check: &mut Check) -> Result<(), OpenError> {
        let opening = self.opening();
        let meta = self.read()?.open_table(META).map_err(|e| opening.storage(e))?;
        for row in meta.iter().map_err(|e| opening.storage(e))? {
            let (name, row) = row.map_err(|e| opening.storage(e))?;
            let name = name.value();
            check.rows += 1;
            if name != meta::FORMAT && unseal(META.name(), name.as_bytes(), row.value()).is_err() {
                check.row(META.name(), &name);
            }
        }
        for name in [meta::CLIENT_FILE, meta::APP, meta::END] {
            if meta.get(name).map_err(|e| opening.storage(e))?.is_none() {
                check.row(META.name(), &name);
            }
        }
        Ok(())
    }

    fn check_classes(&self, check: &mut Check) -> Result<BTreeSet<ClassId>, OpenError> {
        let opening = self.opening();
        let table = self.read()?.open_table(CLASSES).map_err(|e| opening.storage(e))?;
        let mut classes = BTreeSet::new();
        for row in table.iter().map_err(|e| opening.storage(e))? {
            let (number, row) = row.map_err(|e| opening.storage(e))?;
            check.rows += 1;
            match meta::class(number.value(), row.value()) {
                Some(class) => drop(classes.insert(class.id)),
                None => check.row(CLASSES.name(), &number.value()),
            }
        }
        Ok(classes)
    }

    fn check_chunks(
        &self,
        classes: &BTreeSet<ClassId>,
        aside: &BTreeSet<SequenceNumber>,
        check: &mut Check,
    ) -> Result<(), OpenError> {
        let opening = self.opening();
        let table = self.read()?.open_table(CHUNKS).map_err(|e| opening.storage(e))?;
        let mut expected: Option<Expected> = None;
        for row in table.iter().map_err(|e| opening.storage(e))? {
            let (first, bytes) = row.map_err(|e| opening.storage(e))?;
            let first = SequenceNumber::new(first.value());
            check.chunks += 1;
            // What was kept aside is missing here, and known to be.
            expected = expected.filter(|expected| !aside.contains(&expected.first));
            // The documents of a compressed chunk are verified when they are decompressed.
            let parsed = Chunk::parse(bytes.value());
            let parsed = parsed.and_then(|chunk| chunk.decompress().map(|_| chunk));
            match parsed {
                Ok(chunk) => expected = Some(check.chunk(first, &chunk, expected, classes)),
                Err(error) => {
                    check.faults.push(Fault::DamagedChunk { first, error });
                    // What it held is told by the fault itself.
                    expected = None;
                }
            }
        }
        Ok(())
    }

    /// Where the chunks were that were kept aside.
    fn check_damaged(&self, check: &mut Check) -> Result<BTreeSet<SequenceNumber>, OpenError> {
        let opening = self.opening();
        let table = self.read()?.open_table(DAMAGED).map_err(|e| opening.storage(e))?;
        let mut aside = BTreeSet::new();
        for row in table.iter().map_err(|e| opening.storage(e))? {
            let (first, row) = row.map_err(|e| opening.storage(e))?;
            check.rows += 1;
            let first = SequenceNumber::new(first.value());
            match unseal(DAMAGED.name(), &first.get().to_le_bytes(), row.value()) {
                Ok(_) => drop(aside.insert(first)),
                Err(_) => check.row(DAMAGED.name(), &first),
            }
        }
        Ok(aside)
    }

    fn check_rejected(&self, check: &mut Check) -> Result<(), OpenError> {
        let opening = self.opening();
        let table = self.read()?.open_table(REJECTED).map_err(|e| opening.storage(e))?;
        for row in table.iter().map_err(|e| opening.storage(e))? {
            let (sequence, row) = row.map_err(|e| opening.storage(e))?;
            check.rows += 1;
            let sequence = SequenceNumber::new(sequence.value());
            if RejectedObject::decode(sequence, row.value()).is_none() {
                check.row(REJECTED.name(), &sequence);
            }
        }
        Ok(())
    }
}

impl Check {
    /// Looks at a chunk that is whole, and says what the next one has to be.
    fn chunk(
        &mut self,
        first: SequenceNumber,
        chunk: &Chunk<'_>,
        expected: Option<Expected>,
        classes: &BTreeSet<ClassId>,
    ) -> Expected {
        self.objects += u64::from(chunk.objects());
        let found = chunk.first();
        if found != first {
            self.faults.push(Fault::MisplacedChunk { first, found });
        }
        if let Some(expected) = expected {
            if first > expected.first {
                self.faults.push(Fault::Missing { from: expected.first, to: first });
            } else if first < expected.first {
                self.faults.push(Fault::Overlap { first });
            } else if chunk.position() != expected.position {
                let (found, expected) = (chunk.position(), expected.position);
                self.faults.push(Fault::Position { first, found, expected });
            }
        }
        let unknown: BTreeSet<_> =
            chunk.runs().map(|(class, _)| class).filter(|class| !classes.contains(class)).collect();
        for class in unknown {
            self.faults.push(Fault::UnknownClass { first, class: class.get() });
        }
        let position = chunk.position().saturating_add(chunk.document_bytes());
        Expected { first: first.after(u64::from(chunk.objects())), position }
    }

    fn row(&mut self, table: &str, key: &dyn ToString) {
        self.faults.push(Fault::DamagedRow { table: table.to_owned(), key: key.to_string() });
    }
}
