//! Records of apps.

use std::{collections::BTreeMap, fmt};

use bson::{DateTime, oid::ObjectId};
use serde::{Deserialize, Serialize};

use crate::{apps::access::Allowed, store::Record};

/// One revision of an app.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AppState {
    #[serde(rename = "_id")]
    pub(super) key: String,
    pub(crate) id: ObjectId,
    /// Counts from 1.
    pub(crate) revision: i64,
    /// The last one: the app is gone.
    pub(crate) deleted: bool,
    pub(crate) client_app_id: String,
    pub(crate) domain_id: ObjectId,
    pub(crate) group_id: ObjectId,
    /// Tree of the files that are served.
    pub(crate) live: String,
    /// Digest of the directory that was last taken over.
    pub(crate) source: Option<String>,
    pub(crate) draft: Option<Draft>,
    /// The newest last.
    pub(crate) deployments: Vec<Deployment>,
    pub(crate) secrets: Vec<Secret>,
    pub(crate) stored: Stored,
    /// Ids of things that were renamed, by kind and name. Those of all others are derived.
    pub(crate) ids: BTreeMap<String, ObjectId>,
    pub(crate) created_at: DateTime,
    pub(crate) modified_at: DateTime,
}

impl Record for AppState {
    const COLLECTION: &'static str = "app_revisions";
}

impl AppState {
    /// The record of the next revision, to be changed.
    pub(crate) fn next(&self) -> Self {
        let revision = self.revision + 1;
        Self { key: key(self.id, revision), revision, modified_at: DateTime::now(), ..self.clone() }
    }

    /// The same, but not deleted.
    pub(crate) fn revived(self) -> Self {
        Self { deleted: false, ..self }
    }

    /// The first revision of an app without files.
    pub(crate) fn first(
        id: ObjectId,
        client_app_id: &str,
        domain_id: ObjectId,
        group_id: ObjectId,
    ) -> Self {
        let now = DateTime::now();
        Self {
            key: key(id, 1),
            id,
            revision: 1,
            deleted: false,
            client_app_id: client_app_id.to_owned(),
            domain_id,
            group_id,
            live: String::new(),
            source: None,
            draft: None,
            deployments: Vec::new(),
            secrets: Vec::new(),
            stored: Stored::default(),
            ids: BTreeMap::new(),
            created_at: now,
            modified_at: now,
        }
    }

    /// Gives a secret a value.
    pub(crate) fn set_secret(&mut self, name: &str, value: &str) {
        match self.secrets.iter_mut().find(|secret| secret.name == name) {
            Some(secret) => value.clone_into(&mut secret.value),
            None => self.secrets.push(Secret {
                id: ObjectId::new(),
                name: name.to_owned(),
                value: value.to_owned(),
            }),
        }
    }

    /// The value of a secret.
    pub(crate) fn secret(&self, name: &str) -> Option<&str> {
        self.secrets.iter().find(|secret| secret.name == name).map(|secret| secret.value.as_str())
    }
}

pub(super) fn key(id: ObjectId, revision: i64) -> String {
    format!("{id}/{revision}")
}

/// A configuration that is being written and not served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Draft {
    pub(crate) id: ObjectId,
    /// Whose changes go here.
    pub(crate) user_id: ObjectId,
    pub(crate) tree: String,
}

/// A configuration that was put in place as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Deployment {
    pub(crate) id: ObjectId,
    pub(crate) name: String,
    pub(crate) draft_id: Option<ObjectId>,
    pub(crate) user_id: Option<ObjectId>,
    pub(crate) deployed_at: DateTime,
    /// `cli`, `ui`, `api` or `directory`.
    pub(crate) origin: String,
    pub(crate) tree: String,
}

/// A secret. It is in no export.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Secret {
    pub(crate) id: ObjectId,
    pub(crate) name: String,
    pub(crate) value: String,
}

// The value stays out of logs.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Settings of an app that are in no file of an export.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Stored {
    /// How long refresh tokens are good for; the default, if there is none.
    pub(crate) refresh_token_seconds: Option<i64>,
    /// `null` is accepted for optional properties.
    pub(crate) null_type_schema_validation: bool,
    /// Addresses that may reach the app; all, if there are none.
    pub(crate) access_list: Vec<Allowed>,
    /// Changes of the user interface are served at once.
    pub(crate) ui_drafts_disabled: bool,
}

/// Where the newest revision of an app may be found.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Head {
    #[serde(rename = "_id")]
    pub(super) id: ObjectId,
    pub(super) revision: i64,
}

impl Record for Head {
    const COLLECTION: &'static str = "apps";
}

/// Bytes by their digest.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Blob {
    #[serde(rename = "_id")]
    pub(super) digest: String,
    pub(super) bytes: bson::Binary,
    /// When somebody last wanted it to be there. Those of earlier versions do not tell.
    #[serde(default = "long_ago")]
    pub(super) wanted_at: DateTime,
}

fn long_ago() -> DateTime {
    DateTime::from_millis(0)
}

impl Record for Blob {
    const COLLECTION: &'static str = "app_blobs";
}

/// Which path has which digest.
#[derive(Serialize, Deserialize)]
pub(super) struct Tree {
    pub(super) files: Vec<(String, String)>,
}
