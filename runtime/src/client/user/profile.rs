//! What the server knows of a user.

use serde::Deserialize;
use serde_json::{Map, Value};

/// What the server knows of a user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Profile {
    /// `normal` for users, `server` for server API keys.
    #[serde(rename = "type")]
    pub kind: String,
    /// The ways in which the user can log in.
    pub identities: Vec<UserIdentity>,
    /// What the authentication providers tell of the user: `name`, `email`, `picture_url` and so
    /// on, as far as they do.
    pub data: Map<String, Value>,
}

impl Profile {
    /// The user's name, if a provider tells it.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.data.get("name")?.as_str()
    }

    /// The user's address, if a provider tells it.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.data.get("email")?.as_str()
    }
}

/// A way in which a user can log in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct UserIdentity {
    /// Id of the identity.
    pub id: String,
    /// Name of the authentication provider, such as `local-userpass`.
    pub provider_type: String,
}
