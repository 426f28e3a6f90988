//! Rejected objects leave their table: for good, or to be sent once more.

use std::{collections::BTreeSet, convert::Infallible, sync::PoisonError};

use asymmetric_protocol::{
    SequenceNumber,
    chunk::{ClassId, Objects},
};
use redb::ReadableDatabase;

use super::{CommitError, Durability, Outbox, RejectedObject, meta::REJECTED};
use crate::client::progress::Amount;

/// Bytes of objects that are sent once more in one commit.
const MAX_COMMIT_BYTES: usize = 1024 * 1024;

impl Outbox {
    /// Removes rejected objects for good, and answers how many there were. Durable when it returns.
    pub(crate) fn discard(&self, objects: &BTreeSet<SequenceNumber>) -> Result<u64, CommitError> {
        let _alone = self.group.withdrawing.lock().unwrap_or_else(PoisonError::into_inner);
        let found = self.find_rejected(objects)?;
        self.withdraw(&mut Objects::new(), &found)?;
        Ok(found.len() as u64)
    }

    /// Writes rejected objects anew, to be sent once more, and answers how many there were. They
    /// leave their table in the commit that writes them. Durable when it returns.
    pub(crate) fn retry(&self, objects: &BTreeSet<SequenceNumber>) -> Result<u64, CommitError> {
        let _alone = self.group.withdrawing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = self.find_rejected(objects)?;
        // Without its class, nobody would know where the object goes.
        found.retain(|object| self.class_of(object).is_some());
        let (mut again, mut from) = (Objects::new(), 0);
        for (number, object) in found.iter().enumerate() {
            let Some(class) = self.class_of(object) else { continue };
            let Ok(_) = again.push_with(class, |out| {
                out.extend_from_slice(&object.bson);
                Ok::<_, Infallible>(())
            });
            let is_last = number + 1 == found.len();
            if is_last || again.bytes() > MAX_COMMIT_BYTES {
                self.withdraw(&mut again, found.get(from..=number).unwrap_or_default())?;
                from = number + 1;
            }
        }
        Ok(found.len() as u64)
    }

    /// The class that the object was written with; of a file that does not tell, the latest one of
    /// the same name.
    fn class_of(&self, object: &RejectedObject) -> Option<ClassId> {
        let classes = &self.identity().classes;
        let same_number = classes.iter().find(|class| Some(class.id) == object.class_id);
        let same_title = || classes.iter().rfind(|class| class.title == object.class);
        same_number.or_else(same_title).map(|class| class.id)
    }

    fn find_rejected(
        &self,
        objects: &BTreeSet<SequenceNumber>,
    ) -> Result<Vec<RejectedObject>, CommitError> {
        let read = || -> Result<Vec<RejectedObject>, redb::Error> {
            let table = self.database().begin_read()?.open_table(REJECTED)?;
            let mut found = Vec::new();
            for sequence in objects {
                let row = table.get(sequence.get())?;
                found.extend(row.and_then(|row| RejectedObject::decode(*sequence, row.value())));
            }
            Ok(found)
        };
        read().map_err(|error| CommitError::Failed(error.into()))
    }

    /// Commits `again` together with the removal of `found`.
    fn withdraw(&self, again: &mut Objects, found: &[RejectedObject]) -> Result<(), CommitError> {
        if found.is_empty() {
            return Ok(());
        }
        self.commit_with(again, Durability::Durable, |work| {
            work.withdrawn.extend(found.iter().map(|object| object.sequence));
        })?;
        let mut gone = Amount::default();
        for object in found {
            gone.add(1, object.bson.len() as u64);
        }
        self.progress.send_modify(|progress| {
            progress.rejected = progress.rejected.saturating_sub(gone.objects);
            progress.rejected_bytes = progress.rejected_bytes.saturating_sub(gone.bytes);
        });
        Ok(())
    }
}
