//! API keys: of users, who make their own, and of servers.
//!
//! A key is the id of its record, which finds it, and a secret behind it, of which a hash is kept.

use bson::{DateTime, oid::ObjectId};

use super::{
    Auth, AuthError, Proven,
    record::{ApiKey, ServerKeys, User},
    secret,
    throttle::Attempt,
};
use crate::{apps::App, functions::Caller};

pub(super) const PROVIDER: &str = "api-key";
/// Letters of a key. Clients store what they get, so all keys are of one length.
const KEY_LETTERS: usize = 64;
/// Letters of an id.
const ID_LETTERS: usize = 24;
/// Most keys of a user.
const MAX_USER_KEYS: usize = 20;
/// Most server keys of an app.
const MAX_SERVER_KEYS: usize = 100;
/// Longest name, in bytes.
const MAX_NAME_BYTES: usize = 256;

/// A key that was made just now. It is shown once.
pub(crate) struct NewKey {
    pub(crate) record: ApiKey,
    pub(crate) key: String,
}

impl Auth {
    /// Makes a key: for a user, or for servers.
    pub(crate) async fn create_key(
        &self,
        domain_id: ObjectId,
        owner: Option<ObjectId>,
        name: &str,
    ) -> Result<NewKey, AuthError> {
        if name.is_empty() || name.len() > MAX_NAME_BYTES {
            return Err(AuthError::Invalid("a key needs a name of up to 256 bytes".to_owned()));
        }
        if self.keys(domain_id, owner).await?.iter().any(|key| key.name == name) {
            return Err(AuthError::NameInUse);
        }
        let id = ObjectId::new();
        let key = format!("{}{}", id.to_hex(), secret::random(KEY_LETTERS - ID_LETTERS)?);
        let record = ApiKey {
            id,
            domain_id,
            owner,
            name: name.to_owned(),
            disabled: false,
            created_at: DateTime::now(),
            hash: secret::hash(&key),
        };
        self.list_key(domain_id, owner, id).await?;
        self.records.insert(&record).await?;
        Ok(NewKey { record, key })
    }

    /// Puts a key into the list of its owner, as long as there is room.
    async fn list_key(
        &self,
        domain_id: ObjectId,
        owner: Option<ObjectId>,
        id: ObjectId,
    ) -> Result<(), AuthError> {
        let mut full = false;
        let mut push = |keys: &mut Vec<ObjectId>, most: usize| {
            full = keys.len() >= most;
            if !full {
                keys.push(id);
            }
            !full
        };
        let (found, most) = if let Some(owner) = owner {
            let push = |user: &mut User| push(&mut user.api_keys, MAX_USER_KEYS);
            (self.records.update(owner, push).await?.is_some(), MAX_USER_KEYS)
        } else {
            // Only the first key of an app makes the list.
            self.records.insert(&ServerKeys { domain_id, keys: Vec::new() }).await?;
            let push = |list: &mut ServerKeys| push(&mut list.keys, MAX_SERVER_KEYS);
            (self.records.update(domain_id, push).await?.is_some(), MAX_SERVER_KEYS)
        };
        match (found, full) {
            (false, _) => Err(AuthError::UserNotFound),
            (true, true) => Err(AuthError::TooManyKeys(most)),
            (true, false) => Ok(()),
        }
    }

    /// All keys of a user or of an app's servers.
    pub(crate) async fn keys(
        &self,
        domain_id: ObjectId,
        owner: Option<ObjectId>,
    ) -> Result<Vec<ApiKey>, AuthError> {
        let ids = if let Some(owner) = owner {
            let user: Option<User> = self.records.get(owner).await?;
            user.ok_or(AuthError::UserNotFound)?.api_keys
        } else {
            let list: Option<ServerKeys> = self.records.get(domain_id).await?;
            list.map(|list| list.keys).unwrap_or_default()
        };
        let mut keys = Vec::with_capacity(ids.len());
        for id in ids {
            keys.extend(self.records.get::<ApiKey>(id).await?);
        }
        Ok(keys)
    }

    /// A key, if it is one of this owner.
    pub(crate) async fn key(
        &self,
        domain_id: ObjectId,
        owner: Option<ObjectId>,
        id: ObjectId,
    ) -> Result<ApiKey, AuthError> {
        let key: Option<ApiKey> = self.records.get(id).await?;
        let own = |key: &ApiKey| key.domain_id == domain_id && key.owner == owner;
        key.filter(own).ok_or(AuthError::KeyNotFound)
    }

    /// Lets a key log in, or not.
    pub(crate) async fn set_key_disabled(
        &self,
        domain_id: ObjectId,
        owner: Option<ObjectId>,
        id: ObjectId,
        disabled: bool,
    ) -> Result<(), AuthError> {
        self.key(domain_id, owner, id).await?;
        let change = |key: &mut ApiKey| std::mem::replace(&mut key.disabled, disabled) != disabled;
        self.records.update(id, change).await?.map(drop).ok_or(AuthError::KeyNotFound)
    }

    /// Removes a key. What it has logged in stays logged in until its access tokens expire.
    pub(crate) async fn delete_key(
        &self,
        domain_id: ObjectId,
        owner: Option<ObjectId>,
        id: ObjectId,
    ) -> Result<(), AuthError> {
        self.key(domain_id, owner, id).await?;
        let without = |keys: &mut Vec<ObjectId>| {
            let before = keys.len();
            keys.retain(|key| *key != id);
            keys.len() != before
        };
        if let Some(owner) = owner {
            self.records.update(owner, |user: &mut User| without(&mut user.api_keys)).await?;
        } else {
            let without = |list: &mut ServerKeys| without(&mut list.keys);
            self.records.update(domain_id, without).await?;
            if let Some(user) = self.user_of(domain_id, PROVIDER, &id.to_hex()).await? {
                self.revoke(domain_id, user).await?;
            }
        }
        self.records.delete::<ApiKey>(id).await?;
        Ok(())
    }

    /// Whom a key logs in.
    pub(super) async fn check_key(
        &self,
        app: &App,
        key: &str,
        caller: &Caller,
    ) -> Result<Proven, AuthError> {
        let id = key.get(..ID_LETTERS).and_then(|id| ObjectId::parse_str(id).ok());
        // The secret cannot be guessed; this is about addresses that try all the same.
        let account = key.get(..ID_LETTERS);
        let attempt = Attempt { domain_id: app.domain_id, account, address: caller.address };
        self.check_throttle(&attempt)?;
        let found = match id {
            Some(id) => self.records.get::<ApiKey>(id).await?,
            None => None,
        };
        let right =
            |found: &ApiKey| secret::matches(key, &found.hash) && found.domain_id == app.domain_id;
        let Some(found) = found.filter(right) else {
            self.throttle.failed(&attempt);
            return Err(AuthError::Credential("invalid API key".to_owned()));
        };
        if found.disabled {
            return Err(AuthError::Credential("the API key is disabled".to_owned()));
        }
        Ok(match found.owner {
            Some(user_id) => Proven::User { provider_type: PROVIDER, user_id },
            None => {
                Proven::identity(PROVIDER, found.id.to_hex(), bson::doc! { "name": found.name })
            }
        })
    }
}
