//! Chunks that cannot be read any more.

use std::time::{Duration, SystemTime};

use asymmetric_protocol::SequenceNumber;
use bson::{Binary, Document, doc, spec::BinarySubtype};
use redb::{ReadableTable, StorageError, TableHandle as _};

use super::{
    Outbox, OutboxEvent,
    meta::{DAMAGED, millis_since_1970},
    scan::Damage,
    sealed::{seal, unseal},
};

/// Objects that the disk did not keep as they were written. What is left of them stays in the
/// realm's file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DamagedChunk {
    /// Position of the first of its objects in the outbox.
    pub first: SequenceNumber,
    /// Position after the last of them, or of the last that it can have held.
    pub end: SequenceNumber,
    /// What is wrong, for people.
    pub what: String,
    /// When it was noticed.
    pub found_at: SystemTime,
    /// What the file held in its place; empty if it held nothing.
    pub bytes: Vec<u8>,
}

impl DamagedChunk {
    /// The row as the file keeps it: a BSON document, sealed.
    pub(super) fn encode(damage: &Damage, bytes: &[u8]) -> Result<Vec<u8>, StorageError> {
        let document = doc! {
            "end": damage.end.get().cast_signed(),
            "what": &damage.what,
            "found_at": millis_since_1970(SystemTime::now()),
            "bytes": Binary { subtype: BinarySubtype::Generic, bytes: bytes.to_vec() },
        };
        let value = document.to_vec().map_err(std::io::Error::other)?;
        Ok(seal(DAMAGED.name(), &damage.first.get().to_le_bytes(), &value))
    }

    /// All rows of the table, oldest objects first.
    pub(super) fn all(
        table: &impl ReadableTable<u64, &'static [u8]>,
    ) -> Result<Vec<Self>, StorageError> {
        let rows = table.iter()?.map(|row| {
            let (first, row) = row?;
            Self::decode(SequenceNumber::new(first.value()), row.value())
        });
        rows.collect()
    }

    fn decode(first: SequenceNumber, row: &[u8]) -> Result<Self, StorageError> {
        let value = unseal(DAMAGED.name(), &first.get().to_le_bytes(), row)?;
        let read = || {
            let row = Document::from_reader(value).ok()?;
            let millis = u64::try_from(row.get_i64("found_at").ok()?).ok()?;
            Some(Self {
                first,
                end: SequenceNumber::new(row.get_i64("end").ok()?.cast_unsigned()),
                what: row.get_str("what").ok()?.to_owned(),
                found_at: SystemTime::UNIX_EPOCH + Duration::from_millis(millis),
                bytes: row.get_binary_generic("bytes").ok()?.clone(),
            })
        };
        read().ok_or_else(|| {
            StorageError::Corrupted("a row of the table `damaged` cannot be decoded".into())
        })
    }
}

impl Outbox {
    /// Settles what cannot be read, and has it kept aside by the next commit.
    pub(super) fn quarantine(&self, damage: Vec<Damage>) {
        for damage in damage {
            let mut state = self.group.lock();
            if !state.settled.settle(damage.first, damage.end) {
                continue;
            }
            let Damage { first, end, bytes, what } = &damage;
            let (first, end, bytes, what) = (*first, *end, *bytes, what.clone());
            let objects = end.get() - first.get();
            state.pending.take(objects, bytes);
            let settled_below = state.settled.below();
            state.queued.remove_below = settled_below;
            state.queued.quarantine.push(damage);
            drop(state);
            tracing::error!(%first, %end, what, "objects cannot be read any more");
            self.fates(|fates| fates.lose(first..end));
            self.progress.send_modify(|progress| {
                progress.settled.add(objects, bytes);
                progress.settled_below = progress.settled_below.max(settled_below);
                progress.damaged_chunks += 1;
            });
            self.tell(OutboxEvent::Damaged { first, end, what });
        }
    }
}
