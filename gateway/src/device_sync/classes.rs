//! Which class of an app a table of a device is, and where its objects go.

use asymmetric_protocol::{batch::ClassEntry, chunk::ClassId};
use asymmetric_schema::Fingerprint;
use serde_json::Value as Json;

use crate::apps::App;

/// Data source and database of classes that a development app was not told about.
const DEVELOPMENT_SOURCE: &str = "mongodb-atlas";
const DEVELOPMENT_DATABASE: &str = "development";

/// The classes of an app, as its devices name them.
#[derive(Debug)]
pub(super) struct Classes<'a> {
    app: &'a App,
}

/// Where the objects of a class go.
#[derive(Debug)]
pub(super) struct Class<'a> {
    pub(super) data_source: String,
    pub(super) database: String,
    pub(super) collection: String,
    pub(super) schema: Option<&'a Json>,
}

impl<'a> Classes<'a> {
    pub(super) const fn of(app: &'a App) -> Self {
        Self { app }
    }

    /// The class of this name; or why there is none that devices may write to.
    pub(super) fn find(&self, name: &str) -> Result<Class<'a>, String> {
        let config = &self.app.config;
        let source = config.sync.service_name.as_deref();
        let known = config.collections.iter().find(|collection| {
            collection.title() == Some(name)
                && source.is_none_or(|source| source == collection.data_source)
        });
        match known {
            Some(collection) if config.is_asymmetric(collection) => Ok(Class {
                data_source: collection.data_source.clone(),
                database: collection.database.clone(),
                collection: collection.name.clone(),
                schema: collection.schema.as_ref(),
            }),
            Some(_) => Err(format!(
                "`{name}` is not an asymmetric class of this app; list it under \
                 `asymmetric_tables` in `sync/config.json`"
            )),
            // Development mode: a class is a collection of its name.
            None if config.sync.development_mode_enabled => Ok(Class {
                data_source: source.unwrap_or(DEVELOPMENT_SOURCE).to_owned(),
                database: config
                    .sync
                    .database_name
                    .clone()
                    .unwrap_or_else(|| DEVELOPMENT_DATABASE.to_owned()),
                collection: name.to_owned(),
                schema: None,
            }),
            None => Err(format!("the app has no class `{name}`")),
        }
    }

    /// The collection of a class, for references to its objects.
    pub(super) fn collection_of(&self, name: &str) -> String {
        self.find(name).map_or_else(|_| name.to_owned(), |class| class.collection)
    }
}

impl Class<'_> {
    /// The class as a batch names it. Devices do not know the version of a schema, so it is none.
    pub(super) fn entry(&self, id: ClassId, title: &str) -> ClassEntry {
        ClassEntry {
            id,
            fingerprint: Fingerprint::from_bytes([0; 32]),
            time_series: false,
            title: title.to_owned(),
            data_source: self.data_source.clone(),
            database: self.database.clone(),
            collection: self.collection.clone(),
        }
    }
}
