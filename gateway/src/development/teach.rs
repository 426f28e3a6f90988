//! Writing a class into the files of an app.

use std::sync::Arc;

use asymmetric_schema::{ClassDocument, Place};
use serde_json::{Value, json};

use super::{merge::merge, versions::Versions};
use crate::{
    Namespace,
    apps::{
        AppConfig, Collection, place_of,
        state::{Edit, EditError},
    },
    classes::MadeAs,
};

const SYNC: &str = "sync/config.json";

/// What is to be learnt of a class.
#[derive(Clone, Debug)]
pub(super) struct Lesson {
    pub(super) class: ClassDocument,
    /// Objects name it by its fingerprint.
    pub(super) is_version: bool,
    /// How the collection was made, if the app knows that from elsewhere than its files.
    pub(super) made_as: Option<MadeAs>,
}

/// Why a class is not learnt: nothing can be done, or this is wrong with it.
#[derive(Debug, thiserror::Error)]
pub(super) enum TeachError {
    #[error("{0}")]
    Refused(String),
    #[error(transparent)]
    Edit(#[from] EditError),
}

impl From<String> for TeachError {
    fn from(why: String) -> Self {
        Self::Refused(why)
    }
}

/// Writes the class, or what it adds to the one that is there. Answers whether that changed
/// anything. What is written is not checked as a configuration.
pub(super) fn teach(edit: &mut Edit, lesson: &Lesson) -> Result<bool, TeachError> {
    let before = edit.files.digest();
    let config = Arc::clone(&edit.config);
    let Lesson { class, is_version, .. } = lesson;
    let place = &class.place;
    let source = config.sync.service_name.as_deref();
    if let Some(source) = source.filter(|source| *source != place.data_source) {
        return Err(TeachError::Refused(format!(
            "`{}` belongs into the data source `{}`, and devices write into `{source}`: see \
             `service_name` in `{SYNC}`",
            class.title(),
            place.data_source
        )));
    }
    Namespace::for_clients(&place.database, &place.collection).map_err(|e| e.to_string())?;
    for name in [&place.data_source, &place.collection] {
        if name.is_empty() || name.contains('/') {
            return Err(TeachError::Refused(format!("`{name}` cannot be a folder of an app")));
        }
    }
    let mut versions = Versions::of(&edit.files);
    let merged = match known(&config, class) {
        Some(collection) => {
            if !is_taken_for_asymmetric(&config, collection) {
                return Err(TeachError::Refused(format!(
                    "`{}` is an ordinary class of the app; list it under `asymmetric_tables` in \
                     `{SYNC}`",
                    class.title()
                )));
            }
            let mut old = document(collection)?;
            if old.time_series.is_none() {
                // A directory does not always say what a collection is made with.
                let told = versions.made_as(&old.place).or_else(|| lesson.made_as.clone());
                old.time_series =
                    told.map_or_else(|| class.time_series.clone(), MadeAs::time_series);
            }
            merge(&old, class)?
        }
        None => class.clone(),
    };
    write_class(edit, &merged)?;
    allow(edit, &config, place)?;
    list(edit, &config, class.title())?;
    if *is_version && versions.add(class.fingerprint(), class)? {
        edit.write(Versions::FILE, versions.as_map())?;
    }
    Ok(edit.files.digest() != before)
}

/// What the app has of a class: a schema in its place, or of its name.
pub(super) fn known<'a>(config: &'a AppConfig, class: &ClassDocument) -> Option<&'a Collection> {
    let Place { data_source, database, collection } = &class.place;
    let here = config.collection(data_source, database, collection);
    here.filter(|here| here.schema.is_some()).or_else(|| config.class(data_source, class.title()))
}

/// The class that is configured for a collection.
pub(super) fn document(collection: &Collection) -> Result<ClassDocument, String> {
    let place = place_of(collection);
    let schema = collection.schema.clone().unwrap_or_default();
    let class = ClassDocument::from_json(place, schema, collection.relationships.clone());
    let mut class = class.map_err(|error| {
        format!("`{}schema.json` cannot be added to: {error}", collection.folder())
    })?;
    class.time_series.clone_from(&collection.time_series);
    Ok(class)
}

/// Where nothing is listed, every collection with a schema is taken for asymmetric.
fn is_taken_for_asymmetric(config: &AppConfig, collection: &Collection) -> bool {
    config.sync.asymmetric_tables.is_empty() || config.is_asymmetric(collection)
}

fn folder(place: &Place) -> String {
    format!("data_sources/{}/{}/{}/", place.data_source, place.database, place.collection)
}

fn write_class(edit: &mut Edit, class: &ClassDocument) -> Result<(), EditError> {
    let folder = folder(&class.place);
    edit.write(&format!("{folder}schema.json"), &class.schema.to_json())?;
    if !class.relationships.is_empty() {
        let links = class.relationships_to_json();
        edit.write(&format!("{folder}relationships.json"), &links)?;
    }
    if let Some(options) = &class.time_series {
        edit.write(&format!("{folder}time_series.json"), &options.to_json())?;
    }
    Ok(())
}

/// Lets everybody insert where nothing else is configured, and makes the data source known.
fn allow(edit: &mut Edit, config: &AppConfig, place: &Place) -> Result<(), EditError> {
    let Place { data_source, database, collection } = place;
    let source = config.data_source(data_source);
    if source.is_none() {
        let file = format!("data_sources/{data_source}/config.json");
        edit.write(&file, &json!({ "name": data_source, "type": "mongodb-atlas", "config": {} }))?;
    }
    let own = config.collection(data_source, database, collection);
    let own = own.is_some_and(|collection| collection.rules.is_some());
    if own || source.is_some_and(|source| source.default_rule.is_some()) {
        return Ok(());
    }
    let role = json!({
        "name": "development",
        "apply_when": {},
        "document_filters": { "read": false, "write": true },
        "insert": true,
        "write": true,
        "read": false,
        "delete": false,
        "search": false,
    });
    let rules = json!({ "database": database, "collection": collection, "roles": [role] });
    edit.write(&format!("{}rules.json", folder(place)), &rules)
}

/// Lists a class as asymmetric, and with it those that were taken for it as long as none was listed.
fn list(edit: &mut Edit, config: &AppConfig, title: &str) -> Result<(), EditError> {
    let mut tables = config.sync.asymmetric_tables.clone();
    if tables.is_empty() {
        let taken = config.collections.iter().filter(|collection| collection.schema.is_some());
        tables
            .extend(taken.map(|collection| collection.title().unwrap_or(&collection.name).into()));
    }
    let known = config.collections.iter().find(|collection| collection.title() == Some(title));
    let listed = known.is_some_and(|known| tables.contains(&known.name));
    if !listed && !tables.iter().any(|table| table == title) {
        tables.push(title.to_owned());
    }
    if tables == config.sync.asymmetric_tables {
        return Ok(());
    }
    let mut sync = edit.files.object(SYNC);
    sync.insert("asymmetric_tables".to_owned(), Value::from(tables));
    edit.write(SYNC, &sync)
}
