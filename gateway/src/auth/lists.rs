//! Lists of users, for administrators: a page at a time, in the order of ids.

use bson::{Document, doc, oid::ObjectId};

use super::{
    Auth, AuthError,
    record::{Account, Session, User},
};
use crate::store::Find;

/// Entries of a page.
const PAGE: u64 = 50;
/// Sessions that are looked at for devices, the latest ones.
const MAX_SESSIONS: u64 = 1_000;

/// Which users are meant.
#[derive(Debug, Default)]
pub(crate) struct UserQuery {
    /// The last one of the page before.
    pub(crate) after: Option<ObjectId>,
    pub(crate) descending: bool,
    pub(crate) disabled: Option<bool>,
    /// One of these; all, if there are none.
    pub(crate) provider_types: Vec<String>,
}

/// An account that nobody can log in to yet.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) id: ObjectId,
    pub(crate) email: String,
}

/// A device of a user that may still be logged in.
#[derive(Debug)]
pub(crate) struct Device {
    pub(crate) id: ObjectId,
    pub(crate) last_login_at: bson::DateTime,
}

fn page(filter: Document, key: &str, descending: bool) -> Find {
    let sort = doc! { key: if descending { -1 } else { 1 } };
    Find { filter, sort, limit: Some(PAGE), ..Find::default() }
}

impl Auth {
    /// A page of the users of a domain.
    pub(crate) async fn users(
        &self,
        domain_id: ObjectId,
        query: &UserQuery,
    ) -> Result<Vec<User>, AuthError> {
        let mut filter = doc! { "domain_id": domain_id };
        if let Some(after) = query.after {
            let operator = if query.descending { "$lt" } else { "$gt" };
            filter.insert("_id", doc! { operator: after });
        }
        if let Some(disabled) = query.disabled {
            filter.insert("disabled", disabled);
        }
        if !query.provider_types.is_empty() {
            filter.insert("identities.provider_type", doc! { "$in": &query.provider_types });
        }
        Ok(self.records.search(page(filter, "_id", query.descending)).await?)
    }

    /// A page of the accounts of a domain that wait for their confirmation.
    pub(crate) async fn pending(
        &self,
        domain_id: ObjectId,
        after: Option<ObjectId>,
    ) -> Result<Vec<Pending>, AuthError> {
        let mut filter = doc! { "domain_id": domain_id, "confirmed": false };
        if let Some(after) = after {
            filter.insert("registration_id", doc! { "$gt": after });
        }
        let accounts = self.records.search(page(filter, "registration_id", false)).await?;
        let pending =
            |account: Account| Pending { id: account.registration_id, email: account.email };
        Ok(accounts.into_iter().map(pending).collect())
    }

    /// The devices that a user has logged in with and not out, the latest login first.
    pub(crate) async fn devices(
        &self,
        domain_id: ObjectId,
        user_id: ObjectId,
    ) -> Result<Vec<Device>, AuthError> {
        let user = self.user(domain_id, user_id).await?;
        let find = Find {
            filter: doc! { "user_id": user_id },
            sort: doc! { "created_at": -1 },
            limit: Some(MAX_SESSIONS),
            ..Find::default()
        };
        let mut devices: Vec<Device> = Vec::new();
        for session in self.records.search::<Session>(find).await? {
            let known = devices.iter().any(|device| device.id == session.device_id);
            if !known && !user.has_revoked(&session) {
                devices.push(Device { id: session.device_id, last_login_at: session.created_at });
            }
        }
        Ok(devices)
    }
}
