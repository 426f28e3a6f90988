//! Changesets that nobody can decode are kept as they came, and the device goes on.

use asymmetric_device_sync::message::Ident;
use bson::{Binary, DateTime, oid::ObjectId, spec::BinarySubtype};
use serde::{Deserialize, Serialize};

use super::prepare::Poison;
use crate::store::Record;

/// Largest changeset that fits a record.
const MAX_BYTES: usize = 15 * 1024 * 1024;

/// A changeset that cannot be decoded.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Quarantined {
    #[serde(rename = "_id")]
    pub(super) id: Place,
    pub(super) user_id: ObjectId,
    /// When it was written, by the device's clock.
    pub(super) written_at: DateTime,
    pub(super) received_at: DateTime,
    /// A word for the kind of error.
    pub(super) code: String,
    pub(super) reason: String,
    pub(super) changeset: Binary,
}

/// Where the changeset comes from: the same however often it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) domain_id: ObjectId,
    pub(super) file: i64,
    pub(super) salt: i64,
    pub(super) client_version: i64,
    /// A file that was restored from a backup counts its versions anew.
    pub(super) written_at: i64,
}

impl Record for Quarantined {
    const COLLECTION: &'static str = "device_sync_quarantine";
}

impl Quarantined {
    /// The record of a changeset; `None` if it is too large for one.
    pub(super) fn new(
        poison: Poison,
        domain_id: ObjectId,
        user_id: ObjectId,
        ident: Ident,
    ) -> Option<Self> {
        if poison.changeset.len() > MAX_BYTES {
            return None;
        }
        // The numbers of the protocol are below 2^63.
        let signed = u64::cast_signed;
        Some(Self {
            id: Place {
                domain_id,
                file: signed(ident.file),
                salt: signed(ident.salt),
                client_version: signed(poison.client_version),
                written_at: poison.written_at_millis,
            },
            user_id,
            written_at: DateTime::from_millis(poison.written_at_millis),
            received_at: DateTime::now(),
            code: poison.error.kind.code().to_owned(),
            reason: poison.error.to_string(),
            changeset: Binary { subtype: BinarySubtype::Generic, bytes: poison.changeset },
        })
    }
}
