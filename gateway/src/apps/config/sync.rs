//! `sync/config.json`: Device Sync, and which collections are asymmetric.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Settings, auth::null_is_default};
use crate::apps::reader::Reader;

/// Device Sync of an app. Asymmetric objects are a part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Sync {
    /// Flexible or by partition.
    #[serde(rename = "type")]
    pub kind: SyncKind,
    /// Whether it runs.
    pub state: SyncState,
    /// Classes and properties of clients are added to the schema.
    pub development_mode_enabled: bool,
    /// The data source; any, if there is none.
    pub service_name: Option<String>,
    /// Database of collections that development mode makes.
    pub database_name: Option<String>,
    /// Days a client may be away; 0 leaves the default of 30.
    pub client_max_offline_days: u32,
    /// Clients do not send again after a reset what was not acknowledged.
    pub is_recovery_mode_disabled: bool,
    /// Properties of any collection that rules and subscriptions may use.
    #[serde(deserialize_with = "null_is_default")]
    pub queryable_fields_names: Vec<String>,
    /// The one of them that is indexed.
    #[serde(deserialize_with = "null_is_default")]
    pub indexed_queryable_fields_names: Vec<String>,
    /// Properties of single collections that rules and subscriptions may use.
    #[serde(deserialize_with = "null_is_default")]
    pub collection_queryable_fields_names: BTreeMap<String, Vec<String>>,
    /// Collections, or titles of their schemas, whose objects are asymmetric.
    #[serde(deserialize_with = "null_is_default")]
    pub asymmetric_tables: Vec<String>,
    /// Ordinary collections, or titles of their schemas, that devices may write to where asymmetric
    /// objects link to them: what they set is put into the document of the same `_id`. App Services
    /// has no such setting, and leaves it alone.
    #[serde(deserialize_with = "null_is_default")]
    pub upsert_tables: Vec<String>,
}

/// How Device Sync chooses what a client sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum SyncKind {
    /// Clients subscribe to queries. Asymmetric objects exist only here.
    #[default]
    Flexible,
    /// By the value of one property. Kept, not served.
    Partition,
}

/// Whether Device Sync runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum SyncState {
    /// It was never configured, or was terminated.
    #[default]
    #[serde(rename = "")]
    Off,
    /// It runs.
    Enabled,
    /// It is paused.
    Disabled,
}

pub(super) const FILE: &str = "sync/config.json";

pub(super) fn read(
    reader: &mut Reader<'_>,
    settings: &Settings,
    notices: &mut Vec<String>,
) -> Sync {
    let sync: Sync = reader.read_or_default(FILE);
    if sync.development_mode_enabled && settings.environment == "production" {
        let what = "an app in production does not learn classes from clients";
        let fix = "set it to false, or give the app another `environment` than production";
        reader.problem(FILE, "development_mode_enabled", what, fix);
    }
    if sync.kind == SyncKind::Partition {
        notices.push("sync: partition-based sync is not served".to_owned());
        if !sync.asymmetric_tables.is_empty() {
            let what = "partition-based sync has no asymmetric objects";
            reader.problem(FILE, "asymmetric_tables", what, "set `type` to \"flexible\"");
        }
    }
    if let Some(both) = sync.upsert_tables.iter().find(|t| sync.asymmetric_tables.contains(t)) {
        let what = format!("`{both}` is in `asymmetric_tables` too");
        reader.problem(FILE, "upsert_tables", what, "leave it in one of them");
    }
    if sync.indexed_queryable_fields_names.len() > 1 {
        let key = "indexed_queryable_fields_names";
        reader.problem(FILE, key, "more than one", "leave one of them");
    }
    sync
}
