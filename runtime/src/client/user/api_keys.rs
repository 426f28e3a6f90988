//! Keys that log in as their user.

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::User;
use crate::client::{
    RequestError,
    http::{NOTHING, auth},
};

/// The API keys of a user; see [`User::api_keys`].
#[derive(Clone, Debug)]
pub struct ApiKeys {
    user: User,
}

/// A key, as the server tells of it later.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ApiKey {
    /// Its id.
    #[serde(rename = "_id")]
    pub id: String,
    /// The name it was given.
    pub name: String,
    /// Nobody can log in with it at the moment.
    #[serde(default)]
    pub disabled: bool,
}

/// A key that was just made, with the secret that is told only once.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct NewApiKey {
    /// What [`Credentials::api_key`](crate::Credentials::api_key) takes.
    pub key: String,
    /// The key, as the server tells of it later.
    #[serde(flatten)]
    pub api_key: ApiKey,
}

// Secrets never reach a log through `{:?}`.
impl std::fmt::Debug for NewApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewApiKey").field("api_key", &self.api_key).finish_non_exhaustive()
    }
}

impl ApiKeys {
    pub(super) const fn new(user: User) -> Self {
        Self { user }
    }

    /// Makes a key. Its name must not be used yet.
    pub async fn create(&self, name: &str) -> Result<NewApiKey, RequestError> {
        let token = self.user.refresh_token().await?;
        let (path, body) = (auth("api_keys"), json!({ "name": name }));
        self.user.http().call(Method::POST, &path, Some(&token), Some(&body)).await
    }

    /// All keys of the user.
    pub async fn list(&self) -> Result<Vec<ApiKey>, RequestError> {
        let token = self.user.refresh_token().await?;
        self.user.http().call(Method::GET, &auth("api_keys"), Some(&token), NOTHING).await
    }

    /// The key of this id.
    ///
    /// # Errors
    ///
    /// `APIKeyNotFound` if there is none; see [`RequestError::Refused`].
    pub async fn get(&self, id: &str) -> Result<ApiKey, RequestError> {
        let token = self.user.refresh_token().await?;
        let path = auth(&format!("api_keys/{id}"));
        self.user.http().call(Method::GET, &path, Some(&token), NOTHING).await
    }

    /// Lets nobody log in with the key until it is enabled again.
    pub async fn disable(&self, id: &str) -> Result<(), RequestError> {
        self.order(Method::PUT, &format!("api_keys/{id}/disable")).await
    }

    /// Lets users log in with the key again.
    pub async fn enable(&self, id: &str) -> Result<(), RequestError> {
        self.order(Method::PUT, &format!("api_keys/{id}/enable")).await
    }

    /// Deletes the key.
    pub async fn delete(&self, id: &str) -> Result<(), RequestError> {
        self.order(Method::DELETE, &format!("api_keys/{id}")).await
    }

    async fn order(&self, method: Method, path: &str) -> Result<(), RequestError> {
        let token = self.user.refresh_token().await?;
        self.user.http().order(method, &auth(path), Some(&token), NOTHING).await
    }
}
