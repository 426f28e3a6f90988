//! The small table of facts about the file itself.

use std::time::SystemTime;

use asymmetric_protocol::{ClientFileId, SequenceNumber, batch::ClassEntry};
use redb::{
    ReadableTable, StorageError, Table, TableDefinition, TableHandle as _, WriteTransaction,
};

use super::sealed::{seal, unseal};
use crate::client::progress::Amount;

/// Facts by name; each constant below is one. Every row is sealed but that of the version, which
/// has to look the same in all versions.
pub(super) const META: TableDefinition<&str, &[u8]> = TableDefinition::new("meta");
/// First sequence number of a chunk -> the chunk.
pub(super) const CHUNKS: TableDefinition<u64, &[u8]> = TableDefinition::new("chunks");
/// Class number -> [`ClassEntry`], as batches carry it, sealed.
pub(super) const CLASSES: TableDefinition<u32, &[u8]> = TableDefinition::new("classes");
/// First sequence number of a chunk -> what is left of it, sealed.
pub(super) const DAMAGED: TableDefinition<u64, &[u8]> = TableDefinition::new("damaged");
/// The row that keeps a preallocated file from getting shorter; its bytes mean nothing.
pub(super) const RESERVE: TableDefinition<u64, &[u8]> = TableDefinition::new("reserve");
/// Sequence number -> rejected object, sealed.
pub(super) const REJECTED: TableDefinition<u64, &[u8]> = TableDefinition::new("rejected");

/// Version of the format; four bytes.
pub(super) const FORMAT: &str = "format";
pub(super) const FORMAT_VERSION: u32 = 1;
/// Identity of the outbox; twelve bytes.
pub(super) const CLIENT_FILE: &str = "client_file";
/// Client app id; UTF-8.
pub(super) const APP: &str = "app";
/// The user's session; JSON.
pub(super) const SESSION: &str = "session";
/// Where the next object goes if there is no chunk to tell: sequence number and position.
pub(super) const END: &str = "end";
/// How many objects the limits ever made leave, by reason; absent before the first.
pub(super) const DROPPED: &str = "dropped";

/// Where an object is: how many came before it, and how many bytes of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) sequence: SequenceNumber,
    pub(super) position: u64,
}

impl Place {
    pub(super) const START: Self = Self { sequence: SequenceNumber::FIRST, position: 0 };

    /// Where the next object is, behind so many.
    pub(super) const fn after(self, new: Amount) -> Self {
        Self {
            sequence: self.sequence.after(new.objects),
            position: self.position.saturating_add(new.bytes),
        }
    }

    pub(super) fn to_bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        let (sequence, position) = bytes.split_at_mut(8);
        sequence.copy_from_slice(&self.sequence.get().to_le_bytes());
        position.copy_from_slice(&self.position.to_le_bytes());
        bytes
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (sequence, position) = bytes.split_first_chunk()?;
        Some(Self {
            sequence: SequenceNumber::new(u64::from_le_bytes(*sequence)),
            position: u64::from_le_bytes(position.try_into().ok()?),
        })
    }
}

/// A user's session as the file keeps it, so that a restarted device needs no new login.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct StoredSession {
    pub(crate) user_id: String,
    pub(crate) device_id: String,
    /// Empty after a logout: what the user has written stays the user's.
    pub(crate) refresh_token: String,
    /// Name of the authentication provider.
    #[serde(default)]
    pub(crate) provider: String,
}

// Tokens never reach a log through `{:?}`.
impl std::fmt::Debug for StoredSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredSession").field("user_id", &self.user_id).finish_non_exhaustive()
    }
}

/// A moment as the file keeps it; what a wrong clock says of the time before counts as 1970.
pub(super) fn millis_since_1970(moment: SystemTime) -> i64 {
    moment
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Writes the facts of a new file and makes its tables.
pub(super) fn create(
    transaction: &WriteTransaction,
    app: &str,
    client_file: ClientFileId,
) -> Result<(), redb::Error> {
    let mut meta = transaction.open_table(META)?;
    meta.insert(FORMAT, FORMAT_VERSION.to_le_bytes().as_slice())?;
    write(&mut meta, CLIENT_FILE, client_file.as_bytes())?;
    write(&mut meta, APP, app.as_bytes())?;
    write(&mut meta, END, &Place::START.to_bytes())?;
    transaction.open_table(CHUNKS)?;
    transaction.open_table(CLASSES)?;
    transaction.open_table(DAMAGED)?;
    transaction.open_table(REJECTED)?;
    Ok(())
}

/// The version of the file's format; `None` if there is none.
pub(super) fn format(
    meta: &impl ReadableTable<&'static str, &'static [u8]>,
) -> Result<Option<u32>, StorageError> {
    let row = meta.get(FORMAT)?;
    Ok(row.and_then(|row| Some(u32::from_le_bytes(row.value().try_into().ok()?))))
}

/// Replaces one fact.
pub(super) fn write(
    meta: &mut Table<'_, &'static str, &'static [u8]>,
    name: &str,
    value: &[u8],
) -> Result<(), StorageError> {
    meta.insert(name, seal(META.name(), name.as_bytes(), value).as_slice())?;
    Ok(())
}

/// Fails if any of the facts is damaged.
pub(super) fn verify(
    meta: &impl ReadableTable<&'static str, &'static [u8]>,
) -> Result<(), StorageError> {
    for row in meta.iter()? {
        let (name, row) = row?;
        if name.value() != FORMAT {
            unseal(META.name(), name.value().as_bytes(), row.value())?;
        }
    }
    Ok(())
}

/// One fact, decoded; `None` if it is missing or not what it should be.
pub(super) fn read<T>(
    meta: &impl ReadableTable<&'static str, &'static [u8]>,
    name: &str,
    decode: impl FnOnce(&[u8]) -> Option<T>,
) -> Result<Option<T>, StorageError> {
    let Some(row) = meta.get(name)? else { return Ok(None) };
    Ok(decode(unseal(META.name(), name.as_bytes(), row.value())?))
}

/// A row of the class table; `None` if it is damaged.
pub(super) fn class(number: u32, row: &[u8]) -> Option<ClassEntry> {
    let entry = unseal(CLASSES.name(), &number.to_le_bytes(), row).ok()?;
    ClassEntry::decode(entry).ok().filter(|entry| entry.id.get() == number)
}

/// All classes that the file has ever held objects of.
pub(super) fn classes(
    table: &impl ReadableTable<u32, &'static [u8]>,
) -> Result<Result<Vec<ClassEntry>, String>, StorageError> {
    let mut classes = Vec::new();
    for row in table.iter()? {
        let (number, entry) = row?;
        let number = number.value();
        let bytes = unseal(CLASSES.name(), &number.to_le_bytes(), entry.value())?;
        match ClassEntry::decode(bytes) {
            Ok(entry) => classes.push(entry),
            Err(error) => return Ok(Err(format!("class {number}: {error}"))),
        }
    }
    Ok(Ok(classes))
}
