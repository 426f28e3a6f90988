//! An app as requests see it.

use std::{collections::BTreeMap, fmt, net::IpAddr, sync::Arc};

use bson::oid::ObjectId;
use sha2::{Digest, Sha256};

use super::{
    AppConfig, AppFiles, AppRules, ConfigError, access,
    state::{AppState, Stored},
};
use crate::{auth::AuthError, classes::Classes};

/// Longest client app id, in bytes.
const MAX_CLIENT_APP_ID_BYTES: usize = 128;

/// An app that the gateway serves.
///
/// It has three identities: the *client app id*, which clients are built with (`telemetry-abcde`),
/// the *domain id*, an ObjectId that users, sessions and tokens belong to, and its *id*, by which
/// the Admin API knows it.
///
/// It never changes: a change of the configuration makes another app in its place. What is compiled
/// from a configuration belongs in here.
#[derive(Clone, Debug)]
pub(crate) struct App {
    /// Id in the Admin API.
    pub(crate) id: ObjectId,
    pub(crate) client_app_id: String,
    pub(crate) domain_id: ObjectId,
    /// The project.
    pub(crate) group_id: ObjectId,
    /// Nothing is configured: every class is accepted, from everybody.
    pub(crate) development: bool,
    pub(crate) config: Arc<AppConfig>,
    /// What is asked of objects.
    pub(crate) classes: Arc<Classes>,
    pub(crate) files: AppFiles,
    pub(crate) secrets: Secrets,
    pub(crate) rules: Arc<AppRules>,
    /// Settings that are in no file.
    pub(crate) stored: Stored,
}

impl App {
    /// The app that these files configure. Ids that they do not tell are derived from the client
    /// app id, so that every gateway has the same.
    pub(crate) fn configured(files: AppFiles) -> Result<Self, ConfigError> {
        Self::with_settings(files, Stored::default())
    }

    fn with_settings(files: AppFiles, stored: Stored) -> Result<Self, ConfigError> {
        let config = AppConfig::of(&files)?;
        let mut problems = Vec::new();
        let nulls = stored.null_type_schema_validation;
        let rules = Arc::new(AppRules::compile(&config, nulls, &mut problems));
        let classes = Arc::new(Classes::compile(&config, &files, &rules, &mut problems));
        if !problems.is_empty() {
            return Err(ConfigError(problems));
        }
        let identity = &config.identity;
        let client_app_id = identity.client_app_id.clone();
        let derived = |purpose| derive_id(purpose, client_app_id.as_bytes());
        Ok(Self {
            id: identity.app_id.unwrap_or_else(|| derived("app")),
            domain_id: derived("domain of an app"),
            group_id: identity.group_id.unwrap_or_else(default_group_id),
            client_app_id,
            development: false,
            config: Arc::new(config),
            classes,
            files,
            secrets: Secrets::default(),
            rules,
            stored,
        })
    }

    /// The app that the store has.
    pub(super) fn of(state: &AppState, files: AppFiles) -> Result<Self, ConfigError> {
        let secret = |secret: &super::state::Secret| (secret.name.clone(), secret.value.clone());
        Ok(Self {
            id: state.id,
            client_app_id: state.client_app_id.clone(),
            domain_id: state.domain_id,
            group_id: state.group_id,
            secrets: Secrets(state.secrets.iter().map(secret).collect()),
            ..Self::with_settings(files, state.stored.clone())?
        })
    }

    /// What all development apps have in common.
    pub(crate) fn development_template() -> Self {
        let mut files = AppFiles::default();
        let providers = r#"{
            "anon-user": { "name": "anon-user", "type": "anon-user" },
            "api-key": { "name": "api-key", "type": "api-key" },
            "local-userpass": {
                "name": "local-userpass", "type": "local-userpass", "config": { "autoConfirm": true }
            }
        }"#;
        for (path, text) in [
            ("root_config.json", r#"{ "name": "development", "deployment_model": "LOCAL" }"#),
            ("auth/providers.json", providers),
            ("sync/config.json", r#"{ "state": "enabled", "development_mode_enabled": true }"#),
        ] {
            files.insert(path, text).expect("the path is one");
        }
        let app = Self::configured(files).expect("the configuration is valid");
        Self { development: true, classes: Arc::new(Classes::open()), ..app }
    }

    /// The development app of this client app id.
    pub(crate) fn development(template: &Self, client_app_id: &str) -> Self {
        Self {
            id: derive_id("app", client_app_id.as_bytes()),
            client_app_id: client_app_id.to_owned(),
            domain_id: derive_id("development app", client_app_id.as_bytes()),
            ..template.clone()
        }
    }

    /// Refuses those whom the access list of the app leaves out.
    pub(crate) fn check_address(&self, address: Option<IpAddr>) -> Result<(), AuthError> {
        let allowed = access::is_allowed(&self.stored.access_list, address);
        if allowed { Ok(()) } else { Err(AuthError::Address(address)) }
    }

    /// ObjectId of the provider of anonymous users in this app.
    pub(crate) fn anonymous_provider_id(&self) -> ObjectId {
        derive_id("anonymous provider", &self.domain_id.bytes())
    }
}

/// The secrets of an app, by name.
#[derive(Clone, Default)]
pub(crate) struct Secrets(BTreeMap<String, String>);

impl Secrets {
    /// The value of a secret.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    #[cfg(test)]
    pub(crate) fn insert(&mut self, name: &str, value: &str) {
        self.0.insert(name.to_owned(), value.to_owned());
    }

    /// Which of these names are no secrets.
    pub(crate) fn missing<'a>(&self, names: &[&'a str]) -> Vec<&'a str> {
        names.iter().copied().filter(|name| !self.0.contains_key(*name)).collect()
    }
}

// The values stay out of logs.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// The project of apps that name none.
pub(crate) fn default_group_id() -> ObjectId {
    derive_id("group", b"default")
}

pub(super) fn is_client_app_id(text: &str) -> bool {
    (1..=MAX_CLIENT_APP_ID_BYTES).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// An id that every gateway derives alike, so that replicas agree without asking each other.
pub(crate) fn derive_id(purpose: &str, of: &[u8]) -> ObjectId {
    let digest = Sha256::new().chain_update(purpose).chain_update([0]).chain_update(of).finalize();
    let bytes = digest.first_chunk().expect("a digest has more than 12 bytes");
    ObjectId::from_bytes(*bytes)
}
