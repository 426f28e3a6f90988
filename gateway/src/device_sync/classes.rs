//! Which class of an app a table of a device is, and what becomes of its objects.

use asymmetric_device_sync::{
    announcement::{Announcements, Difference},
    document::State,
};
use asymmetric_protocol::{ack::RejectionCode, batch::ClassEntry, chunk::ClassId};
use asymmetric_schema::{Fingerprint, Place};
use serde_json::Value as Json;

use crate::apps::{App, place_of};

/// Data source and database of classes that a development app was not told about.
const DEVELOPMENT_SOURCE: &str = "mongodb-atlas";
const DEVELOPMENT_DATABASE: &str = "development";

/// The classes of an app, as its devices name them.
#[derive(Debug)]
pub(super) struct Classes<'a> {
    app: &'a App,
}

/// Where the objects of a class go, and what becomes of them.
#[derive(Debug)]
pub(super) struct Class<'a> {
    pub(super) place: Place,
    pub(super) schema: Option<&'a Json>,
    pub(super) fate: Fate,
    time_series: bool,
}

/// What becomes of the objects of a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// They are inserted: the class is asymmetric.
    Insert,
    /// They are ordinary ones that asymmetric objects link to: what is set of them is put into the
    /// documents of their `_id`.
    Upsert,
    /// They are refused, for this reason.
    Refuse(String),
}

impl<'a> Classes<'a> {
    pub(super) const fn of(app: &'a App) -> Self {
        Self { app }
    }

    /// The class of this name. One that the app does not know has a place as well: where its objects
    /// would be.
    pub(super) fn find(&self, name: &str) -> Class<'a> {
        let config = &self.app.config;
        let source = config.sync.service_name.as_deref();
        let known = config.collections.iter().find(|collection| {
            collection.title() == Some(name)
                && source.is_none_or(|source| source == collection.data_source)
        });
        let Some(collection) = known else {
            let database = config.sync.database_name.as_deref().unwrap_or(DEVELOPMENT_DATABASE);
            let place = Place {
                data_source: source.unwrap_or(DEVELOPMENT_SOURCE).to_owned(),
                database: database.to_owned(),
                collection: name.to_owned(),
            };
            // Development mode: a class is a collection of its name.
            let fate = if config.sync.development_mode_enabled {
                Fate::Insert
            } else {
                Fate::Refuse(format!("the app has no class `{name}`"))
            };
            return Class { place, schema: None, fate, time_series: false };
        };
        let fate = if config.is_asymmetric(collection) {
            Fate::Insert
        } else if config.is_upserted(collection) {
            Fate::Upsert
        } else {
            Fate::Refuse(format!(
                "`{name}` is not an asymmetric class of this app; list it under \
                 `asymmetric_tables` in `sync/config.json`"
            ))
        };
        let place = place_of(collection);
        let time_series = self.app.classes.is_time_series(&place);
        Class { place, schema: collection.schema.as_ref(), fate, time_series }
    }

    /// Classes that a device announces otherwise than the app has them, and what is different. What
    /// development mode learns is no difference.
    pub(super) fn mismatches(&self, announced: &Announcements) -> Vec<(String, String)> {
        let learns = self.app.config.sync.development_mode_enabled;
        let mut mismatches = Vec::new();
        for name in announced.classes() {
            let class = self.find(name);
            match (class.fate, class.schema) {
                (Fate::Insert | Fate::Upsert, Some(schema)) => {
                    let mut different = announced.mismatches(name, schema);
                    different.retain(|what| !learns || what.difference != Difference::Unknown);
                    mismatches
                        .extend(different.iter().map(|what| (name.to_owned(), what.to_string())));
                }
                // Of ordinary classes there may be any number, as long as nobody writes to them.
                (Fate::Refuse(reason), _) if announced.is_asymmetric(name) => {
                    mismatches.push((name.to_owned(), reason));
                }
                (Fate::Insert | Fate::Upsert, None) | (Fate::Refuse(_), _) => {}
            }
        }
        mismatches
    }
}

impl Class<'_> {
    /// The class as a batch names it. Devices do not know the version of a schema, so it is none.
    pub(super) fn entry(&self, id: ClassId, title: &str) -> ClassEntry {
        let Place { data_source, database, collection } = self.place.clone();
        ClassEntry {
            id,
            fingerprint: Fingerprint::from_bytes([0; 32]),
            time_series: self.time_series,
            title: title.to_owned(),
            data_source,
            database,
            collection,
        }
    }
}

impl Fate {
    /// Why an object of the class to which this was done cannot be written, if so.
    pub(super) fn refusal(&self, state: State) -> Option<(RejectionCode, String)> {
        let reason = match (self, state) {
            (Self::Refuse(reason), _) => {
                return Some((RejectionCode::UnknownClass, reason.clone()));
            }
            (Self::Insert, State::Created) | (Self::Upsert, State::Created | State::Updated) => {
                return None;
            }
            (Self::Insert, _) => "asymmetric objects are never changed after they were written",
            (Self::Upsert, State::Relative) => {
                "only setting whole properties of an object that was there before is supported; \
                 what was done to this one depends on what it held"
            }
            (Self::Upsert, State::Erased) => "devices cannot delete objects",
        };
        Some((RejectionCode::WriteNotAllowed, reason.to_owned()))
    }
}
