//! What became of a transaction in the end.

use std::ops::Range;

use asymmetric_protocol::SequenceNumber;
use redb::ReadableDatabase;

use super::{Outbox, RejectedObject, meta::REJECTED};

/// What became of the objects of a transaction in the end.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Receipt {
    /// The server has made all of them durable.
    ///
    /// Objects that were discarded or retried before the ticket was asked are passed over: whoever
    /// did so knows of them.
    Acknowledged,
    /// The server has refused these for good, and made all others durable.
    Rejected(Vec<RejectedObject>),
    /// Some have left the device without reaching the server: dropped by a limit of the realm, or
    /// damaged by the disk.
    Lost {
        /// How many.
        objects: u64,
        /// The server has refused these for good.
        rejected: Vec<RejectedObject>,
    },
}

/// Why nothing is known of what became of objects. They stay stored.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiptError {
    /// The realm was closed before.
    #[error("the realm was closed before the server has answered; the objects stay stored")]
    Closed,
    /// The table of rejected objects cannot be read.
    #[error("the rejected objects cannot be read")]
    Storage(#[source] std::sync::Arc<redb::Error>),
}

impl Outbox {
    /// What became of settled objects. Reads the disk if some were rejected.
    pub(super) fn receipt(&self, objects: &Range<SequenceNumber>) -> Result<Receipt, ReceiptError> {
        let (any_rejected, lost) = self.fates(|fates| fates.of(objects));
        let rejected = if any_rejected {
            let rejected = self.rejected_in(objects);
            rejected.map_err(|error| ReceiptError::Storage(error.into()))?
        } else {
            Vec::new()
        };
        Ok(match (lost, rejected.is_empty()) {
            (0, true) => Receipt::Acknowledged,
            (0, false) => Receipt::Rejected(rejected),
            (objects, _) => Receipt::Lost { objects, rejected },
        })
    }

    fn rejected_in(
        &self,
        objects: &Range<SequenceNumber>,
    ) -> Result<Vec<RejectedObject>, redb::Error> {
        let table = self.database().begin_read()?.open_table(REJECTED)?;
        let mut rejected = Vec::new();
        for row in table.range(objects.start.get()..objects.end.get())? {
            let (sequence, row) = row?;
            let sequence = SequenceNumber::new(sequence.value());
            rejected.extend(RejectedObject::decode(sequence, row.value()));
        }
        Ok(rejected)
    }
}
