//! API keys of administrators that are kept in the store: what there is of them is a hash.

use std::sync::Arc;

use bson::{Binary, DateTime, oid::ObjectId};
use serde::{Deserialize, Serialize};

use crate::{
    auth::{AuthError, secret},
    store::{Record, Records, Store, StoreError},
};

/// Letters of a secret, six bits each.
const SECRET_LETTERS: usize = 40;
/// Longest name, in bytes.
const MAX_NAME_BYTES: usize = 100;

/// The keys in a store. Whoever has one may use the Admin API of every gateway on it.
///
/// Keys can be made before a gateway runs, and while gateways run whose store others may open. What
/// is done here holds for all of them at once.
#[derive(Clone, Debug)]
pub struct AdminKeys {
    records: Records,
}

/// A key in a store, without its secret, which is nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AdminKey {
    /// What its owner logs in with besides the secret.
    pub name: String,
    /// When it was made.
    pub created_at: DateTime,
}

/// A key that is not made, listed or revoked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdminKeyError {
    /// The name is none.
    #[error("`{0}` is no name of a key; use up to 100 letters, digits, `-`, `_`, `.` and `@`")]
    Name(String),
    /// There is a key of this name.
    #[error("there is a key `{0}` already; revoke it first, or take another name")]
    Exists(String),
    /// The system has no random numbers.
    #[error("cannot make a secret: {0}")]
    Random(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StoredKey {
    #[serde(rename = "_id")]
    name: String,
    /// Another one each time, so that sessions of a key that was revoked do not come back with its
    /// name.
    pub(super) key_id: ObjectId,
    hash: Binary,
    created_at: DateTime,
}

impl Record for StoredKey {
    const COLLECTION: &'static str = "admin_keys";
}

impl StoredKey {
    pub(super) fn matches(&self, secret: &str) -> bool {
        secret::matches(secret, &self.hash)
    }
}

impl AdminKeys {
    /// The keys in this store.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { records: Records::new(store) }
    }

    /// Makes a key. Answers its secret, which cannot be had again.
    pub async fn create(&self, name: &str) -> Result<String, AdminKeyError> {
        let fits = (1..=MAX_NAME_BYTES).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.@".contains(&b));
        if !fits {
            return Err(AdminKeyError::Name(name.to_owned()));
        }
        let secret = secret::random(SECRET_LETTERS).map_err(|error| match error {
            AuthError::Store(error) => AdminKeyError::Store(error),
            error => AdminKeyError::Random(error.to_string()),
        })?;
        let key = StoredKey {
            name: name.to_owned(),
            key_id: ObjectId::new(),
            hash: secret::hash(&secret),
            created_at: DateTime::now(),
        };
        if self.records.insert(&key).await? {
            Ok(secret)
        } else {
            Err(AdminKeyError::Exists(key.name))
        }
    }

    /// All keys, by name.
    pub async fn list(&self) -> Result<Vec<AdminKey>, AdminKeyError> {
        let keys = self.records.all::<StoredKey>().await?.into_iter();
        let mut keys: Vec<_> =
            keys.map(|key| AdminKey { name: key.name, created_at: key.created_at }).collect();
        keys.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(keys)
    }

    /// Ends a key and all its sessions. Answers whether there was one.
    pub async fn revoke(&self, name: &str) -> Result<bool, AdminKeyError> {
        Ok(self.records.delete::<StoredKey>(name).await?)
    }
}
