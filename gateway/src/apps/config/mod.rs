//! The configuration of an app, read from its files and checked.

mod auth;
mod closed;
mod data_source;
mod function;
mod parse;
mod settings;
mod sync;

pub use self::{
    auth::{AuthProvider, CustomUserData, MetadataField},
    data_source::{Collection, DataSource},
    function::Function,
    settings::{DataApi, Identity, Layout, Settings, Value},
    sync::{Sync, SyncKind, SyncState},
};
use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

/// Everything that the gateway serves of an app, and names of what it does not.
///
/// It is a view of the app's files: what is not here is kept there.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AppConfig {
    /// Who the app is, as far as its files tell.
    pub identity: Identity,
    /// Name, place and origins.
    pub settings: Settings,
    /// How users may log in, by type.
    pub auth_providers: BTreeMap<String, AuthProvider>,
    /// Where custom data of users is kept.
    pub custom_user_data: CustomUserData,
    /// Linked clusters.
    pub data_sources: Vec<DataSource>,
    /// Rules, schemas and relationships of collections.
    pub collections: Vec<Collection>,
    /// Device Sync and asymmetric objects.
    pub sync: Sync,
    /// Functions with their source.
    pub functions: Vec<Function>,
    /// Named values, by name.
    pub values: BTreeMap<String, Value>,
    /// Values by environment (`development`, `no-environment`, ...) and name.
    pub environments: BTreeMap<String, Map<String, Json>>,
    /// The Data API.
    pub data_api: DataApi,
    /// What is kept and given back but not served, and where nobody gets in, one sentence each.
    pub notices: Vec<String>,
}

impl AppConfig {
    /// The data source of this name.
    #[must_use]
    pub fn data_source(&self, name: &str) -> Option<&DataSource> {
        self.data_sources.iter().find(|source| source.name == name)
    }

    /// What is configured for a collection.
    #[must_use]
    pub fn collection(&self, data_source: &str, database: &str, name: &str) -> Option<&Collection> {
        self.collections.iter().find(|collection| {
            collection.data_source == data_source
                && collection.database == database
                && collection.name == name
        })
    }

    /// The collection whose schema bears this title, which is the name of a class.
    #[must_use]
    pub fn class(&self, data_source: &str, title: &str) -> Option<&Collection> {
        self.collections.iter().find(|collection| {
            collection.data_source == data_source && collection.title() == Some(title)
        })
    }

    /// Whether objects of a collection are asymmetric: listed by its name, or by the title of its
    /// schema.
    #[must_use]
    pub fn is_asymmetric(&self, collection: &Collection) -> bool {
        self.is_listed(&self.sync.asymmetric_tables, collection)
    }

    /// Whether devices may write ordinary objects to a collection.
    #[must_use]
    pub fn is_upserted(&self, collection: &Collection) -> bool {
        self.is_listed(&self.sync.upsert_tables, collection)
    }

    fn is_listed(&self, tables: &[String], collection: &Collection) -> bool {
        let listed = |name: &str| tables.iter().any(|table| table == name);
        self.sync.service_name.as_deref().is_none_or(|name| name == collection.data_source)
            && (listed(&collection.name) || collection.title().is_some_and(listed))
    }

    /// Whether the app is for people outside: its environment is production.
    #[must_use]
    pub fn is_in_production(&self) -> bool {
        self.settings.environment == "production"
    }

    /// Whether sessions of Device Sync may be filtered by a property of a collection: it is listed,
    /// by itself or by a path below it. In development mode, everything becomes so.
    #[must_use]
    pub fn is_queryable(&self, collection: &Collection, property: &str) -> bool {
        let sync = &self.sync;
        let names = [Some(collection.name.as_str()), collection.title()];
        let own = names.into_iter().flatten();
        let own = own.filter_map(|name| sync.collection_queryable_fields_names.get(name));
        let listed = own.flatten().chain(&sync.queryable_fields_names);
        let roots = listed.filter_map(|path| path.split('.').next());
        property == "_id"
            || sync.development_mode_enabled
            || roots.into_iter().any(|r| r == property)
    }

    /// The function of this name.
    #[must_use]
    pub fn function(&self, name: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.name == name)
    }

    /// A value of the app's environment.
    #[must_use]
    pub fn environment_value(&self, name: &str) -> Option<&Json> {
        let environment = match self.settings.environment.as_str() {
            "" => "no-environment",
            environment => environment,
        };
        self.environments.get(environment)?.get(name)
    }

    /// Names of secrets that the configuration mentions.
    #[must_use]
    pub fn secret_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for provider in self.auth_providers.values() {
            provider.secret_config.values().for_each(|value| strings(value, &mut names));
        }
        for source in &self.data_sources {
            source.secret_config.values().for_each(|value| strings(value, &mut names));
        }
        for value in self.values.values().filter(|value| value.from_secret) {
            strings(&value.value, &mut names);
        }
        names.extend(self.data_api.secret_name.as_deref().filter(|name| !name.is_empty()));
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// The strings in a string, or in a list of strings.
fn strings<'a>(value: &'a Json, found: &mut Vec<&'a str>) {
    match value {
        Json::String(text) if !text.is_empty() => found.push(text),
        Json::Array(values) => values.iter().for_each(|value| strings(value, found)),
        _ => {}
    }
}
