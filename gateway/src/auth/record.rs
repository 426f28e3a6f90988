//! What the store keeps about users and sessions.

use bson::{DateTime, oid::ObjectId};
use serde::{Deserialize, Serialize};

use crate::store::Record;

/// A user of an app.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct User {
    #[serde(rename = "_id")]
    pub(super) id: ObjectId,
    pub(super) domain_id: ObjectId,
    pub(super) identities: Vec<Identity>,
    pub(super) created_at: DateTime,
}

impl Record for User {
    const COLLECTION: &'static str = "users";
}

/// One way in which a user may log in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Identity {
    pub(super) id: ObjectId,
    pub(super) provider_type: String,
    pub(super) provider_id: ObjectId,
}

/// A login. Its refresh token is good for as long as the record is there.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Session {
    #[serde(rename = "_id")]
    pub(super) id: ObjectId,
    pub(super) domain_id: ObjectId,
    pub(super) user_id: ObjectId,
    pub(super) device_id: ObjectId,
    pub(super) created_at: DateTime,
}

impl Record for Session {
    const COLLECTION: &'static str = "sessions";
}

/// The secret that tokens are signed with: one per store, made by the first gateway that opens it.
#[derive(Serialize, Deserialize)]
pub(super) struct SigningSecret {
    #[serde(rename = "_id")]
    pub(super) id: String,
    pub(super) secret: bson::Binary,
}

impl Record for SigningSecret {
    const COLLECTION: &'static str = "settings";
}
