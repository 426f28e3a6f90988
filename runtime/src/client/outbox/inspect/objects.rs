//! The objects of a file, for whoever has to take them out by hand.

use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    time::{Duration, SystemTime},
};

use asymmetric_protocol::{
    SequenceNumber,
    batch::ClassEntry,
    chunk::{Chunk, ClassId},
};
use redb::ReadableTable as _;

use super::{
    super::{
        DamagedChunk, OpenError, RejectedObject,
        meta::{self, CHUNKS, CLASSES, DAMAGED, REJECTED},
    },
    Fault, OutboxFile,
};

/// An object that waits for the server.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PendingObject<'a> {
    /// Its position in the outbox.
    pub sequence: SequenceNumber,
    /// Name of its class.
    pub class: &'a str,
    /// Where it was to go.
    pub database: &'a str,
    /// Where it was to go.
    pub collection: &'a str,
    /// When it was written.
    pub written_at: SystemTime,
    /// The object, a BSON document.
    pub bson: &'a [u8],
}

impl OutboxFile {
    /// Hands the pending objects to `visit`, oldest first, until it breaks.
    ///
    /// Chunks that are damaged are passed over, and returned as faults.
    pub fn objects(
        &self,
        mut visit: impl FnMut(PendingObject<'_>) -> ControlFlow<()>,
    ) -> Result<Vec<Fault>, OpenError> {
        let opening = self.opening();
        let classes = self.classes()?;
        let table = self.read()?.open_table(CHUNKS).map_err(|e| opening.storage(e))?;
        let mut faults = Vec::new();
        for row in table.iter().map_err(|e| opening.storage(e))? {
            let (first, bytes) = row.map_err(|e| opening.storage(e))?;
            let first = SequenceNumber::new(first.value());
            let damaged = |error| Fault::DamagedChunk { first, error };
            let mut scratch = Vec::new();
            let chunk = match Chunk::parse(bytes.value()) {
                Ok(chunk) => chunk,
                Err(error) => {
                    faults.push(damaged(error));
                    continue;
                }
            };
            let written_at = SystemTime::UNIX_EPOCH
                + Duration::from_millis(u64::try_from(chunk.created_ms()).unwrap_or(0));
            let documents = match chunk.documents(&mut scratch) {
                Ok(documents) => documents,
                Err(error) => {
                    faults.push(damaged(error));
                    continue;
                }
            };
            for (number, (class, bson)) in (first.get()..).zip(documents) {
                let Some(class) = classes.get(&class) else {
                    faults.push(Fault::UnknownClass { first, class: class.get() });
                    break;
                };
                let object = PendingObject {
                    sequence: SequenceNumber::new(number),
                    class: &class.title,
                    database: &class.database,
                    collection: &class.collection,
                    written_at,
                    bson,
                };
                if visit(object).is_break() {
                    return Ok(faults);
                }
            }
        }
        Ok(faults)
    }

    /// The objects that the server refused for good, oldest first. Damaged ones are left out;
    /// [`check`](Self::check) tells of them.
    pub fn rejected(&self) -> Result<Vec<RejectedObject>, OpenError> {
        let opening = self.opening();
        let table = self.read()?.open_table(REJECTED).map_err(|e| opening.storage(e))?;
        let mut objects = Vec::new();
        for row in table.iter().map_err(|e| opening.storage(e))? {
            let (sequence, row) = row.map_err(|e| opening.storage(e))?;
            let sequence = SequenceNumber::new(sequence.value());
            objects.extend(RejectedObject::decode(sequence, row.value()));
        }
        Ok(objects)
    }

    /// Chunks that could not be read and were kept aside, oldest objects first.
    pub fn damaged(&self) -> Result<Vec<DamagedChunk>, OpenError> {
        let opening = self.opening();
        let table = self.read()?.open_table(DAMAGED).map_err(|e| opening.storage(e))?;
        DamagedChunk::all(&table).map_err(|e| opening.storage(e))
    }

    /// The class table, as far as it can be read.
    pub(super) fn classes(&self) -> Result<BTreeMap<ClassId, ClassEntry>, OpenError> {
        let opening = self.opening();
        let table = self.read()?.open_table(CLASSES).map_err(|e| opening.storage(e))?;
        let mut classes = BTreeMap::new();
        for row in table.iter().map_err(|e| opening.storage(e))? {
            let (number, row) = row.map_err(|e| opening.storage(e))?;
            let class = meta::class(number.value(), row.value());
            classes.extend(class.map(|class| (class.id, class)));
        }
        Ok(classes)
    }
}
