//! What is known of users, and what they and administrators do about them.

use bson::{Bson, DateTime, Document, oid::ObjectId};
use futures_util::TryStreamExt;
use serde_json::{Value, json};

use super::{
    Access, Auth, AuthError, accounts,
    record::{ApiKey, Claim, User},
};
use crate::{
    Namespace,
    apps::App,
    store::{Find, StoreError},
};

/// Largest custom data that go into an access token, in bytes. Headers are limited everywhere.
const MAX_CUSTOM_DATA_BYTES: usize = 16 * 1024;

impl Auth {
    /// What a user may know of itself.
    pub(crate) async fn profile(&self, access: &Access) -> Result<Value, AuthError> {
        let user = self.enabled_user(access.domain_id, access.user_id).await?;
        let identities = user.identities.iter().map(|identity| {
            json!({
                "id": identity.shown_id(),
                "provider_type": identity.provider_type,
                "provider_id": identity.provider_id.to_hex(),
            })
        });
        Ok(json!({
            "user_id": user.id.to_hex(),
            "domain_id": user.domain_id.to_hex(),
            "type": user.kind(),
            "identities": identities.collect::<Vec<_>>(),
            "data": Bson::Document(user.data.clone()).into_relaxed_extjson(),
        }))
    }

    /// A user of a domain.
    pub(crate) async fn user(&self, domain_id: ObjectId, id: ObjectId) -> Result<User, AuthError> {
        let user: Option<User> = self.records.get(id).await?;
        user.filter(|user| user.domain_id == domain_id).ok_or(AuthError::UserNotFound)
    }

    /// The same, if the user may do anything at all.
    pub(crate) async fn enabled_user(
        &self,
        domain_id: ObjectId,
        id: ObjectId,
    ) -> Result<User, AuthError> {
        let user = self.user(domain_id, id).await?;
        if user.disabled { Err(AuthError::UserDisabled) } else { Ok(user) }
    }

    /// The user of an access token, as functions and rules know it.
    pub(crate) async fn known(&self, access: &Access) -> Result<Document, AuthError> {
        let user = self.enabled_user(access.domain_id, access.user_id).await?;
        Ok(known_user(&user, access.custom_data.clone()))
    }

    /// A user as functions and rules know it, with custom data if they are asked for.
    pub(crate) async fn known_with_custom_data(
        &self,
        app: &App,
        user: &User,
        custom_data: bool,
    ) -> Result<Document, AuthError> {
        let data =
            if custom_data { self.custom_data(app, user.id).await? } else { Document::new() };
        Ok(known_user(user, data))
    }

    /// Lets a user log in, or not. A user that may not has no session any more either.
    pub(crate) async fn set_disabled(
        &self,
        domain_id: ObjectId,
        id: ObjectId,
        disabled: bool,
    ) -> Result<(), AuthError> {
        self.change(domain_id, id, |user| {
            user.disabled = disabled;
            if disabled {
                user.revoked_at = Some(DateTime::now());
            }
        })
        .await
    }

    /// Ends all sessions of a user. Access tokens stay good until they expire.
    pub(crate) async fn revoke(&self, domain_id: ObjectId, id: ObjectId) -> Result<(), AuthError> {
        self.change(domain_id, id, |user| user.revoked_at = Some(DateTime::now())).await
    }

    async fn change(
        &self,
        domain_id: ObjectId,
        id: ObjectId,
        change: impl Fn(&mut User),
    ) -> Result<(), AuthError> {
        self.user(domain_id, id).await?;
        let changed = self.records.update(id, |user: &mut User| {
            change(user);
            true
        });
        changed.await?.map(drop).ok_or(AuthError::UserNotFound)
    }

    /// Removes a user and every way to log in as it. Documents of the user stay.
    pub(crate) async fn delete_user(
        &self,
        domain_id: ObjectId,
        id: ObjectId,
    ) -> Result<(), AuthError> {
        let user = self.user(domain_id, id).await?;
        for key in &user.api_keys {
            self.records.delete::<ApiKey>(*key).await?;
        }
        for identity in &user.identities {
            let (kind, external_id) = (&identity.provider_type, &identity.external_id);
            if kind == accounts::PROVIDER {
                self.delete_account(domain_id, external_id).await?;
            }
            self.records.delete::<Claim>(Claim::id(domain_id, kind, external_id)).await?;
        }
        // Last, so that an interrupted removal can be repeated.
        let deleted = self.records.delete::<User>(id).await?;
        if deleted { Ok(()) } else { Err(AuthError::UserNotFound) }
    }

    /// The custom data of a user, from the collection that the app names. Empty if there are none.
    pub(crate) async fn custom_data(
        &self,
        app: &App,
        user_id: ObjectId,
    ) -> Result<Document, AuthError> {
        let config = &app.config.custom_user_data;
        if !config.enabled {
            return Ok(Document::new());
        }
        let namespace = Namespace::for_clients(&config.database_name, &config.collection_name);
        let namespace = namespace.map_err(|error| StoreError::Record(error.to_string()))?;
        let filter = bson::doc! { &config.user_id_field: user_id.to_hex() };
        let find = Find { filter, limit: Some(1), ..Find::default() };
        let Some(found) = self.store.search(&namespace, find).try_next().await? else {
            return Ok(Document::new());
        };
        if found.as_bytes().len() > MAX_CUSTOM_DATA_BYTES {
            tracing::warn!(user = %user_id, "custom data over 16 KiB are left out of the token");
            return Ok(Document::new());
        }
        Document::try_from(&*found).map_err(|error| StoreError::Record(error.to_string()).into())
    }
}

/// A user as functions and rules know it.
pub(super) fn known_user(user: &User, custom_data: Document) -> Document {
    let identities = user.identities.iter().map(|identity| {
        Bson::Document(bson::doc! {
            "id": identity.shown_id(),
            "provider_type": &identity.provider_type,
            "providerType": &identity.provider_type,
        })
    });
    bson::doc! {
        "id": user.id.to_hex(),
        "type": user.kind(),
        "data": user.data.clone(),
        "custom_data": custom_data,
        "identities": identities.collect::<Vec<_>>(),
    }
}
