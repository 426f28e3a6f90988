//! What one commit writes.

use std::time::SystemTime;

use asymmetric_protocol::{
    SequenceNumber,
    chunk::{Cutter, Objects},
};
use redb::{Database, ReadableTable};

use super::{
    DamagedChunk, RejectedObject,
    drops::{Drop, Dropped},
    meta::{self, CHUNKS, DAMAGED, DROPPED, END, META, Place, REJECTED, millis_since_1970},
    scan::Damage,
    spill::Spill,
};
use crate::client::progress::Amount;

/// Memory kept from one commit to the next.
const MAX_SPARE_BYTES: usize = 1024 * 1024;

/// From this many pending bytes on, commits keep what a quick repair needs: after a crash the file
/// is open at once, where a walk through everything stored would take seconds. Such a commit costs
/// a second `fdatasync`.
pub(super) const QUICK_REPAIR_FROM_BYTES: u64 = 128 * 1024 * 1024;

/// How much there is to write.
pub(super) fn amount(objects: &Objects, spill: Option<&Spill>) -> Amount {
    let (spilled, spilled_bytes) = spill.map_or((0, 0), |spill| (spill.objects(), spill.bytes()));
    Amount {
        objects: u64::from(objects.len()) + spilled,
        bytes: objects.bytes() as u64 + spilled_bytes,
    }
}

/// Everything that one commit carries.
#[derive(Debug)]
pub(super) struct Work {
    /// New objects.
    pub(super) objects: Objects,
    /// A transaction too large for memory, behind them.
    pub(super) spill: Option<Spill>,
    /// Where the first of them goes.
    start: Place,
    /// Chunks below this number leave.
    pub(super) remove_below: SequenceNumber,
    /// Chunks below this number have left in earlier commits.
    removed_below: SequenceNumber,
    /// Objects that move to the table of rejected ones.
    pub(super) rejected: Vec<RejectedObject>,
    /// Objects that leave the table of rejected ones.
    pub(super) withdrawn: Vec<SequenceNumber>,
    /// Chunks that are copied to the table of damaged ones.
    pub(super) quarantine: Vec<Damage>,
    /// What the limits make leave.
    pub(super) drops: Vec<Drop>,
    /// All that they ever made leave, if that has changed.
    pub(super) dropped: Option<Dropped>,
    /// Chunks that were written before leave.
    pub(super) expire_before_ms: Option<i64>,
    /// Whether the commit is made in two phases.
    pub(super) is_paranoid: bool,
    /// Whether the commit keeps what a quick repair needs, however little is pending.
    pub(super) is_last: bool,
    /// Bytes of all documents that wait for the server, those of this commit included.
    pub(super) pending_bytes: u64,
}

impl Work {
    /// Nothing to write yet; objects go to `start`, chunks below `removed_below` have left.
    pub(super) fn new(start: Place, removed_below: SequenceNumber) -> Self {
        Self {
            objects: Objects::new(),
            spill: None,
            start,
            remove_below: removed_below,
            removed_below,
            rejected: Vec::new(),
            withdrawn: Vec::new(),
            quarantine: Vec::new(),
            drops: Vec::new(),
            dropped: None,
            expire_before_ms: None,
            is_paranoid: false,
            is_last: false,
            pending_bytes: 0,
        }
    }

    /// The same as [`new`](Self::new), in the memory of a commit that has ended.
    pub(super) fn reused(mut self, start: Place, removed_below: SequenceNumber) -> Self {
        // One huge transaction shall not hold its memory for ever.
        if self.objects.capacity() > MAX_SPARE_BYTES {
            return Self::new(start, removed_below);
        }
        self.objects.clear();
        self.rejected.clear();
        self.quarantine.clear();
        self.drops.clear();
        Self {
            objects: self.objects,
            rejected: self.rejected,
            quarantine: self.quarantine,
            drops: self.drops,
            ..Self::new(start, removed_below)
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.amount() == Amount::default()
            && !self.has_departures()
            && !self.has_withdrawals()
            && self.expire_before_ms.is_none()
            && !self.is_last
    }

    /// How much it adds.
    pub(super) fn amount(&self) -> Amount {
        amount(&self.objects, self.spill.as_ref())
    }

    /// Whether anything leaves the table of rejected objects.
    pub(super) fn has_withdrawals(&self) -> bool {
        !self.withdrawn.is_empty()
    }

    /// Whether anything leaves the table of chunks.
    pub(super) fn has_departures(&self) -> bool {
        !self.rejected.is_empty()
            || !self.quarantine.is_empty()
            || self.remove_below > self.removed_below
    }

    /// Lets all chunks below this number leave in an earlier commit, which then has to take along
    /// what is kept of them.
    pub(super) fn hand_over_departures(&mut self, earlier: &mut Self, below: SequenceNumber) {
        earlier.rejected.append(&mut self.rejected);
        earlier.quarantine.append(&mut self.quarantine);
        earlier.remove_below = below;
        self.remove_below = below;
        self.removed_below = below;
    }

    /// Writes everything in one transaction. Durable when it returns: one `fdatasync`, two for
    /// [`Durability::Paranoid`](super::Durability::Paranoid) and for files with a large backlog.
    pub(super) fn write(
        &mut self,
        database: &Database,
        cutter: &mut Cutter,
    ) -> Result<(), redb::Error> {
        let mut transaction = database.begin_write()?;
        transaction.set_two_phase_commit(self.is_paranoid);
        let is_large = self.pending_bytes >= QUICK_REPAIR_FROM_BYTES;
        transaction.set_quick_repair(is_large || self.is_last);
        let is_drained = {
            let mut chunks = transaction.open_table(CHUNKS)?;
            if !self.quarantine.is_empty() {
                let mut damaged = transaction.open_table(DAMAGED)?;
                for damage in &self.quarantine {
                    let row = chunks.get(damage.first.get())?;
                    let row = row.as_ref().map_or(&[][..], |row| row.value());
                    let row = DamagedChunk::encode(damage, row)?;
                    damaged.insert(damage.first.get(), row.as_slice())?;
                }
            }
            if self.remove_below > self.removed_below {
                chunks.retain_in(..self.remove_below.get(), |_, _| false)?;
            }
            let created_ms = millis_since_1970(SystemTime::now());
            let mut place = self.start;
            let mut add = |objects: &mut Objects| {
                let Place { sequence, position } = place;
                place = place.after(amount(objects, None));
                cutter.cut(objects, created_ms, sequence, position, |first, chunk| {
                    chunks.insert(first.get(), chunk).map(drop)
                })
            };
            add(&mut self.objects)?;
            if let Some(spill) = &mut self.spill {
                spill.replay(add)?;
            }
            place == self.start && chunks.first()?.is_none()
        };
        if is_drained {
            // No chunk is left to tell where the next object goes.
            let mut meta = transaction.open_table(META)?;
            meta::write(&mut meta, END, &self.start.to_bytes())?;
        }
        if let Some(dropped) = &self.dropped {
            let mut meta = transaction.open_table(META)?;
            meta::write(&mut meta, DROPPED, &dropped.to_bytes())?;
        }
        if !self.rejected.is_empty() {
            let mut table = transaction.open_table(REJECTED)?;
            for object in &self.rejected {
                let row = object.encode().map_err(std::io::Error::other);
                let row = row.map_err(redb::StorageError::Io)?;
                table.insert(object.sequence.get(), row.as_slice())?;
            }
        }
        if !self.withdrawn.is_empty() {
            let mut table = transaction.open_table(REJECTED)?;
            for sequence in &self.withdrawn {
                table.remove(sequence.get())?;
            }
        }
        Ok(transaction.commit()?)
    }
}
