//! What the store keeps about users and sessions.
//!
//! A login is found by the `_id` of a record alone: a store need not be able to search. Whatever
//! must be there once at most (the owner of an e-mail address) is the `_id` of a record, so that
//! gateways on one store agree without asking each other.

use bson::{Binary, DateTime, Document, oid::ObjectId};
use serde::{Deserialize, Serialize};

use crate::store::Record;

/// A user of an app.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct User {
    #[serde(rename = "_id")]
    pub(crate) id: ObjectId,
    pub(crate) domain_id: ObjectId,
    pub(crate) identities: Vec<Identity>,
    pub(crate) created_at: DateTime,
    /// What a provider or a metadata field told of the user.
    #[serde(default)]
    pub(crate) data: Document,
    /// May not log in, nor refresh.
    #[serde(default)]
    pub(crate) disabled: bool,
    /// Sessions from before this are over.
    #[serde(default)]
    pub(crate) revoked_at: Option<DateTime>,
    #[serde(default)]
    pub(crate) last_login_at: Option<DateTime>,
    /// API keys that the user has made.
    #[serde(default)]
    pub(crate) api_keys: Vec<ObjectId>,
}

impl Record for User {
    const COLLECTION: &'static str = "users";
}

impl User {
    /// A user who has not logged in yet.
    pub(super) fn new(domain_id: ObjectId, identity: Identity, data: Document) -> Self {
        Self {
            id: ObjectId::new(),
            domain_id,
            identities: vec![identity],
            created_at: DateTime::now(),
            data,
            disabled: false,
            revoked_at: None,
            last_login_at: None,
            api_keys: Vec::new(),
        }
    }

    /// `server` for the user of a server API key.
    pub(crate) fn kind(&self) -> &'static str {
        let server = |identity: &Identity| identity.provider_type == "api-key";
        if self.identities.first().is_some_and(server) { "server" } else { "normal" }
    }

    /// Whether a session that began then is over by now.
    pub(super) fn has_revoked(&self, session: &Session) -> bool {
        self.revoked_at.is_some_and(|revoked| session.created_at <= revoked)
    }
}

/// One way in which a user may log in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) id: ObjectId,
    pub(crate) provider_type: String,
    pub(crate) provider_id: ObjectId,
    /// Who the user is to the provider. Anonymous users are nobody to it.
    #[serde(default)]
    pub(crate) external_id: String,
}

impl Identity {
    /// Whether it is an e-mail address with a password.
    pub(super) fn is_address(&self) -> bool {
        self.provider_type == super::accounts::PROVIDER
    }

    /// Whether both are the same to their provider.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.provider_type == other.provider_type && self.external_id == other.external_id
    }

    /// The id that is shown: who the user is to the provider, where the provider gave an id.
    pub(crate) fn shown_id(&self) -> String {
        match self.provider_type.as_str() {
            // An e-mail address is no id.
            "anon-user" | "local-userpass" => self.id.to_hex(),
            _ if self.external_id.is_empty() => self.id.to_hex(),
            _ => self.external_id.clone(),
        }
    }
}

/// The user that an identity belongs to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Claim {
    #[serde(rename = "_id")]
    pub(super) id: String,
    pub(super) user_id: ObjectId,
}

impl Record for Claim {
    const COLLECTION: &'static str = "identities";
}

impl Claim {
    /// Makes an identity this user's.
    pub(super) fn new(user: &User, provider_type: &str, external_id: &str) -> Self {
        Self { id: Self::id(user.domain_id, provider_type, external_id), user_id: user.id }
    }

    pub(super) fn id(domain_id: ObjectId, provider_type: &str, external_id: &str) -> String {
        format!("{domain_id}/{provider_type}/{external_id}")
    }
}

/// An e-mail address and its password.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Account {
    #[serde(rename = "_id")]
    pub(crate) id: String,
    pub(crate) domain_id: ObjectId,
    pub(crate) email: String,
    pub(crate) password: String,
    pub(crate) confirmed: bool,
    pub(crate) created_at: DateTime,
    /// Makes lists of accounts ordered: an address is no id.
    #[serde(default = "no_id")]
    pub(super) registration_id: ObjectId,
    /// The token that confirms the account or sets its password, if one is out.
    #[serde(default)]
    pub(super) token_id: Option<ObjectId>,
}

impl Record for Account {
    const COLLECTION: &'static str = "accounts";
}

/// Of accounts of earlier versions.
fn no_id() -> ObjectId {
    ObjectId::from_bytes([0; 12])
}

impl Account {
    /// An account that may log in once it is confirmed.
    pub(super) fn new(domain_id: ObjectId, email: &str, password: String, confirmed: bool) -> Self {
        Self {
            id: Self::id(domain_id, email),
            domain_id,
            email: email.to_owned(),
            password,
            confirmed,
            created_at: DateTime::now(),
            registration_id: ObjectId::new(),
            token_id: None,
        }
    }

    pub(crate) fn id(domain_id: ObjectId, email: &str) -> String {
        format!("{domain_id}/{email}")
    }
}

/// A token that somebody was sent to prove that an account is theirs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct AccountToken {
    #[serde(rename = "_id")]
    pub(super) id: ObjectId,
    pub(super) domain_id: ObjectId,
    pub(super) account_id: String,
    pub(super) purpose: Purpose,
    pub(super) hash: Binary,
    pub(super) expires_at: DateTime,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Purpose {
    Confirm,
    Reset,
}

impl Record for AccountToken {
    const COLLECTION: &'static str = "account_tokens";
}

/// An API key, of a user or of a server.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ApiKey {
    #[serde(rename = "_id")]
    pub(crate) id: ObjectId,
    pub(crate) domain_id: ObjectId,
    /// The user it logs in. A key of a server logs in a user of its own.
    pub(crate) owner: Option<ObjectId>,
    pub(crate) name: String,
    pub(crate) disabled: bool,
    pub(crate) created_at: DateTime,
    pub(super) hash: Binary,
}

impl Record for ApiKey {
    const COLLECTION: &'static str = "api_keys";
}

/// The server API keys of an app.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ServerKeys {
    #[serde(rename = "_id")]
    pub(super) domain_id: ObjectId,
    pub(super) keys: Vec<ObjectId>,
}

impl Record for ServerKeys {
    const COLLECTION: &'static str = "server_keys";
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
    /// When the refresh token expires, and the record is of no use any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) expires_at: Option<DateTime>,
    /// Hash of the refresh token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) token: Option<Binary>,
}

impl Record for Session {
    const COLLECTION: &'static str = "sessions";
}

/// The secret that tokens are signed with: one per store, made by the first gateway that opens it.
#[derive(Serialize, Deserialize)]
pub(super) struct SigningSecret {
    #[serde(rename = "_id")]
    pub(super) id: String,
    pub(super) secret: Binary,
}

impl Record for SigningSecret {
    const COLLECTION: &'static str = "settings";
}
