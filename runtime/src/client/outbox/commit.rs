//! What one commit writes.

use std::time::SystemTime;

use asymmetric_protocol::{
    SequenceNumber,
    chunk::{Codec, Objects},
};
use redb::{Database, ReadableTable};

use super::{
    Durability, RejectedObject,
    meta::{self, CHUNKS, END, META, Place, REJECTED, millis_since_1970},
};

/// Memory kept from one commit to the next.
const MAX_SPARE_BYTES: usize = 1024 * 1024;

/// From this many stored bytes on, commits keep what a quick repair needs: after a crash the file
/// is open at once, where a walk through everything stored would take seconds. Such a commit costs
/// a second `fdatasync`.
const QUICK_REPAIR_FROM_BYTES: u64 = 128 * 1024 * 1024;

/// Everything that one commit carries.
#[derive(Debug)]
pub(super) struct Work {
    /// New objects.
    pub(super) objects: Objects,
    /// Where the first of them goes.
    start: Place,
    /// Chunks below this number leave.
    pub(super) remove_below: SequenceNumber,
    /// Chunks below this number have left in earlier commits.
    removed_below: SequenceNumber,
    /// Objects that move to the table of rejected ones.
    pub(super) rejected: Vec<RejectedObject>,
    /// Whether the commit is made in two phases.
    pub(super) durability: Durability,
    /// Bytes of all documents in the file before this commit.
    pub(super) stored_bytes: u64,
    scratch: Vec<u8>,
}

impl Work {
    /// Nothing to write yet; objects go to `start`, chunks below `removed_below` have left.
    pub(super) fn new(start: Place, removed_below: SequenceNumber) -> Self {
        Self {
            objects: Objects::new(),
            start,
            remove_below: removed_below,
            removed_below,
            rejected: Vec::new(),
            durability: Durability::Durable,
            stored_bytes: 0,
            scratch: Vec::new(),
        }
    }

    /// The same as [`new`](Self::new), in the memory of a commit that has ended.
    pub(super) fn reused(mut self, start: Place, removed_below: SequenceNumber) -> Self {
        // One huge transaction shall not hold its memory for ever.
        if self.objects.bytes() > MAX_SPARE_BYTES {
            self.objects = Objects::new();
        }
        self.objects.clear();
        self.rejected.clear();
        self.durability = Durability::Durable;
        self.start = start;
        self.remove_below = removed_below;
        self.removed_below = removed_below;
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.objects.is_empty()
            && self.rejected.is_empty()
            && self.remove_below == self.removed_below
    }

    /// Writes everything in one transaction. Durable when it returns: one `fdatasync`, two for
    /// [`Durability::Paranoid`] and for files with a large backlog.
    pub(super) fn write(&mut self, database: &Database) -> Result<(), redb::Error> {
        let mut transaction = database.begin_write()?;
        transaction.set_two_phase_commit(self.durability == Durability::Paranoid);
        let stored_bytes = self.stored_bytes.saturating_add(self.objects.bytes() as u64);
        transaction.set_quick_repair(stored_bytes >= QUICK_REPAIR_FROM_BYTES);
        let is_drained = {
            let mut chunks = transaction.open_table(CHUNKS)?;
            if self.remove_below > self.removed_below {
                chunks.retain_in(..self.remove_below.get(), |_, _| false)?;
            }
            let Place { sequence, position } = self.start;
            let created_ms = millis_since_1970(SystemTime::now());
            let (codec, scratch) = (Codec::None, &mut self.scratch);
            self.objects.cut(created_ms, sequence, position, codec, scratch, |first, chunk| {
                chunks.insert(first.get(), chunk)?;
                Ok::<_, redb::StorageError>(())
            })?;
            self.objects.is_empty() && chunks.first()?.is_none()
        };
        if is_drained {
            // No chunk is left to tell where the next object goes.
            let mut meta = transaction.open_table(META)?;
            meta::write(&mut meta, END, &self.start.to_bytes())?;
        }
        if !self.rejected.is_empty() {
            let mut table = transaction.open_table(REJECTED)?;
            for object in &self.rejected {
                let row = object.encode().map_err(std::io::Error::other);
                let row = row.map_err(redb::StorageError::Io)?;
                table.insert(object.sequence.get(), row.as_slice())?;
            }
        }
        Ok(transaction.commit()?)
    }
}
