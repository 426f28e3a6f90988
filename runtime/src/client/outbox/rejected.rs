//! Objects that the server refused for good.

use std::time::{Duration, SystemTime};

use asymmetric_protocol::{SequenceNumber, ack::RejectionCode, chunk::ClassId};
use bson::{Binary, Bson, Document, doc, spec::BinarySubtype};
use redb::{ReadableTable, StorageError, TableHandle as _};

use super::{
    meta::{REJECTED, millis_since_1970},
    sealed::{seal, unseal},
};
use crate::client::progress::Amount;

/// An object that the server refused for good, and why. It stays on the device.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RejectedObject {
    /// Its position in the outbox.
    pub sequence: SequenceNumber,
    /// Name of its class.
    pub class: String,
    /// Which kind of refusal it is.
    pub code: RejectionCode,
    /// The server's reason, for people.
    pub reason: String,
    /// When the refusal arrived.
    pub rejected_at: SystemTime,
    /// The object as it was encoded.
    pub bson: Vec<u8>,
    /// Number of its class in the file.
    pub(crate) class_id: Option<ClassId>,
}

impl RejectedObject {
    /// The object; `None` if its bytes are no BSON document, which is then why it was refused.
    #[must_use]
    pub fn document(&self) -> Option<Document> {
        Document::from_reader(self.bson.as_slice()).ok()
    }

    /// The value of `_id`.
    #[must_use]
    pub fn primary_key(&self) -> Option<Bson> {
        self.document()?.remove("_id")
    }

    /// The row as the file keeps it: a BSON document, sealed.
    pub(super) fn encode(&self) -> Result<Vec<u8>, bson::error::Error> {
        let document = doc! {
            "class": &self.class,
            "code": self.code.as_str(),
            "reason": &self.reason,
            "rejected_at": millis_since_1970(self.rejected_at),
            "class_number": self.class_id.map(|class| i64::from(class.get())),
            "bson": Binary { subtype: BinarySubtype::Generic, bytes: self.bson.clone() },
        };
        let key = self.sequence.get().to_le_bytes();
        Ok(seal(REJECTED.name(), &key, &document.to_vec()?))
    }

    /// Reads a row back; `None` if it is damaged.
    pub(super) fn decode(sequence: SequenceNumber, row: &[u8]) -> Option<Self> {
        let row = unseal(REJECTED.name(), &sequence.get().to_le_bytes(), row).ok()?;
        let row = Document::from_reader(row).ok()?;
        let millis = u64::try_from(row.get_i64("rejected_at").ok()?).ok()?;
        Some(Self {
            sequence,
            class: row.get_str("class").ok()?.to_owned(),
            code: row.get_str("code").ok()?.to_owned().into(),
            reason: row.get_str("reason").ok()?.to_owned(),
            rejected_at: SystemTime::UNIX_EPOCH + Duration::from_millis(millis),
            bson: row.get_binary_generic("bson").ok()?.clone(),
            class_id: row.get_i64("class_number").ok().and_then(class_id),
        })
    }
}

/// How many objects the table of rejected ones holds, and their bytes.
pub(super) fn amount(
    table: &impl ReadableTable<u64, &'static [u8]>,
) -> Result<Amount, StorageError> {
    let mut amount = Amount::default();
    for row in table.iter()? {
        let (sequence, row) = row?;
        let object = RejectedObject::decode(SequenceNumber::new(sequence.value()), row.value());
        amount.add(1, object.map_or(0, |object| object.bson.len() as u64));
    }
    Ok(amount)
}

fn class_id(number: i64) -> Option<ClassId> {
    u32::try_from(number).ok().map(ClassId::new)
}
