//! The files of a realm schema, before any of them is written.

use std::collections::{BTreeMap, BTreeSet};

use asymmetric_schema::{ObjectSchema, RealmSchema, to_pretty_string};
use serde_json::{Value, json};

use crate::{Error, NamePart, Result, name};

/// Where the configuration of the sync service lies.
pub(crate) const SYNC_CONFIG: &str = "sync/config.json";

/// The options of a time-series collection, beside its schema. App Services has no file for them and
/// overlooks it; a gateway creates the collection by it.
pub(crate) const TIME_SERIES: &str = "time_series.json";

/// Names that the root file had in older versions of the format.
const OLDER_ROOT_FILES: &[&str] = &["realm_config.json", "config.json", "stitch.json"];

/// Who decides on the content of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The export, which keeps it up to date.
    Export,
    /// The user, for whom it is created if neither it nor one of these files exists.
    User { instead: &'static [&'static str] },
    /// Nobody: an earlier export may have written it, and it means nothing any more.
    Nobody,
}

/// A file to write.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PlannedFile {
    /// Path in the app directory, with `/` between folders.
    pub(crate) path: String,
    pub(crate) content: String,
    pub(crate) owner: Owner,
}

/// All that an export writes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan {
    pub(crate) files: Vec<PlannedFile>,
    /// Folders of the collections, in the app directory.
    pub(crate) folders: BTreeSet<String>,
    /// Names of the collections.
    pub(crate) collections: BTreeSet<String>,
}

impl Plan {
    /// The files of the classes of `schema`, and of an app named `app` that holds them.
    pub(crate) fn new(schema: &RealmSchema, app: &str) -> Result<Self> {
        let folders = folders(schema)?;
        let mut files = Vec::new();
        for (folder, class) in folders.iter().zip(schema.classes.iter()) {
            files.push(owned(folder, "schema.json", &class.to_json()));
            files.push(owned(folder, "relationships.json", &class.relationships_to_json()));
            let path = format!("{folder}/{TIME_SERIES}");
            files.push(match &class.time_series {
                Some(options) => owned(folder, TIME_SERIES, &options.to_json()),
                None => PlannedFile { path, content: String::new(), owner: Owner::Nobody },
            });
        }
        let data_sources: BTreeSet<&str> =
            schema.classes.iter().map(|class| &*class.data_source).collect();
        for data_source in data_sources {
            let path = format!("data_sources/{data_source}/config.json");
            files.push(created(path, &data_source_config(data_source, DEFAULT_CLUSTER)));
        }
        let collections: BTreeSet<String> =
            schema.classes.iter().map(|class| class.collection.to_string()).collect();
        if let Some(first) = schema.classes.first() {
            files.push(created(SYNC_CONFIG.to_owned(), &sync_config(first, &collections)));
        }
        files.push(PlannedFile {
            owner: Owner::User { instead: OLDER_ROOT_FILES },
            ..created("root_config.json".to_owned(), &root_config(app))
        });
        Ok(Self { files, folders: folders.into_iter().collect(), collections })
    }
}

/// One file per class, named like it, with what `render` makes of the class.
pub(crate) fn file_per_class(
    schema: &RealmSchema,
    render: impl Fn(&ObjectSchema) -> Value,
) -> Result<Vec<PlannedFile>> {
    let file = |class: &ObjectSchema| match name::problem(&class.title) {
        None => Ok(PlannedFile {
            path: format!("{}.json", class.title),
            content: to_pretty_string(&render(class)),
            owner: Owner::Export,
        }),
        Some(problem) => {
            let (class, part) = (class.title.to_string(), NamePart::Title);
            Err(Error::UnsafeName { name: class.clone(), class, part, problem })
        }
    };
    schema.classes.iter().map(file).collect()
}

/// The folder of each class, in the order of the classes.
fn folders(schema: &RealmSchema) -> Result<Vec<String>> {
    // Every folder on the way to a collection, in lower case: how it was first spelt, and by whom.
    let mut seen: BTreeMap<String, (String, &ObjectSchema)> = BTreeMap::new();
    let mut folders = Vec::with_capacity(schema.classes.len());
    for class in schema.classes.iter() {
        let mut path = "data_sources".to_owned();
        for (part, name) in [
            (NamePart::DataSource, &class.data_source),
            (NamePart::Database, &class.database),
            (NamePart::Collection, &class.collection),
        ] {
            if let Some(problem) = name::problem(name) {
                let (class, name) = (class.title.to_string(), name.to_string());
                return Err(Error::UnsafeName { class, part, name, problem });
            }
            path = format!("{path}/{name}");
            let (first_path, first) =
                seen.entry(path.to_lowercase()).or_insert_with(|| (path.clone(), class));
            if *first_path != path {
                return Err(Error::SameButForCase {
                    first: first.title.to_string(),
                    first_path: first_path.clone(),
                    second: class.title.to_string(),
                    second_path: path,
                });
            }
        }
        if let Some(first) = folders.iter().position(|folder| *folder == path) {
            let first = schema.classes.get(first).expect("one folder per class so far");
            return Err(Error::SameCollection {
                first: first.title.to_string(),
                second: class.title.to_string(),
                collection: format!(
                    "{}/{}/{}",
                    class.data_source, class.database, class.collection
                ),
            });
        }
        folders.push(path);
    }
    Ok(folders)
}

fn owned(folder: &str, name: &str, value: &Value) -> PlannedFile {
    PlannedFile {
        path: format!("{folder}/{name}"),
        content: to_pretty_string(value),
        owner: Owner::Export,
    }
}

fn created(path: String, value: &Value) -> PlannedFile {
    let owner = Owner::User { instead: &[] };
    PlannedFile { path, content: to_pretty_string(value), owner }
}

fn root_config(app: &str) -> Value {
    json!({
        "name": app,
        "deployment_model": "LOCAL",
        "environment": "",
        "allowed_request_origins": [],
    })
}

/// Cluster of a data source for which nobody names one.
pub(crate) const DEFAULT_CLUSTER: &str = "Cluster0";

/// The `config.json` of a data source, as App Services wrote it for a linked cluster. Where the
/// documents really go is for the operator of the gateway to say.
#[must_use]
pub fn data_source_config(name: &str, cluster: &str) -> Value {
    json!({
        "name": name,
        "type": "mongodb-atlas",
        "config": {
            "clusterName": cluster,
            "readPreference": "primary",
            "wireProtocolEnabled": false,
        },
        "version": 1,
    })
}

/// An app has one synced data source and one database for what development mode learns: those of
/// the class declared first.
fn sync_config(first: &ObjectSchema, collections: &BTreeSet<String>) -> Value {
    json!({
        "type": "flexible",
        "state": "enabled",
        "development_mode_enabled": false,
        "service_name": &*first.data_source,
        "database_name": &*first.database,
        "client_max_offline_days": 30,
        "is_recovery_mode_disabled": false,
        "queryable_fields_names": [],
        "asymmetric_tables": collections,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use asymmetric_schema::{Granularity, PropertySchema, PropertyType, TimeSeries};

    const ID: &[PropertySchema] = &[PropertySchema::new("_id", PropertyType::ObjectId)];

    fn class(title: &'static str, place: [&str; 3]) -> ObjectSchema {
        let [data_source, database, collection] = place.map(|name| name.to_owned().into());
        let mut class = ObjectSchema::new(title, ID);
        (class.data_source, class.database, class.collection) = (data_source, database, collection);
        class
    }

    fn plan(classes: Vec<ObjectSchema>) -> Result<Plan> {
        let mut schema = RealmSchema::new(&[]);
        schema.classes = classes.into();
        Plan::new(&schema, "weather")
    }

    fn message(classes: Vec<ObjectSchema>) -> String {
        plan(classes).unwrap_err().to_string()
    }

    #[test]
    fn every_class_has_two_files_and_the_app_three_more() {
        let plan = plan(vec![
            class("Reading", ["main", "telemetry", "readings"]),
            class("Event", ["main", "telemetry", "events"]),
        ])
        .unwrap();
        let written = plan.files.iter().filter(|file| file.owner != Owner::Nobody);
        let paths: Vec<&str> = written.map(|file| file.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "data_sources/main/telemetry/readings/schema.json",
                "data_sources/main/telemetry/readings/relationships.json",
                "data_sources/main/telemetry/events/schema.json",
                "data_sources/main/telemetry/events/relationships.json",
                "data_sources/main/config.json",
                "sync/config.json",
                "root_config.json",
            ]
        );
    }

    #[test]
    fn only_files_of_classes_are_kept_up_to_date() {
        let plan = plan(vec![class("Reading", ["main", "telemetry", "readings"])]).unwrap();
        for file in plan.files {
            let of_a_class = file.path.contains("/readings/");
            assert_eq!(matches!(file.owner, Owner::User { .. }), !of_a_class, "{}", file.path);
        }
    }

    #[test]
    fn time_series_has_a_file_of_its_options() {
        let mut reading = class("Reading", ["main", "telemetry", "readings"]);
        reading.time_series = Some(TimeSeries {
            time: "at".to_owned().into(),
            meta: Some("device".to_owned().into()),
            granularity: Granularity::Minutes,
        });
        let plan = plan(vec![reading]).unwrap();
        let file = plan.files.iter().find(|file| file.path.ends_with(TIME_SERIES)).unwrap();
        let options: Value = serde_json::from_str(&file.content).unwrap();
        assert_eq!(options, json!({"time": "at", "meta": "device", "granularity": "minutes"}));
    }

    #[test]
    fn sync_configuration_lists_collections_and_not_titles() {
        let plan = plan(vec![
            class("Reading", ["main", "telemetry", "readings"]),
            class("Event", ["main", "telemetry", "events"]),
        ])
        .unwrap();
        let file = plan.files.iter().find(|file| file.path == SYNC_CONFIG).unwrap();
        let config: Value = serde_json::from_str(&file.content).unwrap();
        assert_eq!(config["asymmetric_tables"], json!(["events", "readings"]));
        assert_eq!(config["service_name"], "main");
        assert_eq!(config["database_name"], "telemetry");
    }

    #[test]
    fn two_classes_cannot_share_a_collection() {
        let same = ["main", "telemetry", "readings"];
        assert_eq!(
            message(vec![class("Reading", same), class("Copy", same)]),
            "the classes `Reading` and `Copy` both land in `main/telemetry/readings`: give \
             one of them another `collection`"
        );
    }

    #[test]
    fn one_collection_name_in_two_databases_is_fine() {
        plan(vec![
            class("Reading", ["main", "one", "readings"]),
            class("Copy", ["main", "two", "readings"]),
        ])
        .unwrap();
    }

    #[test]
    fn folders_that_differ_only_in_case_are_refused_at_every_level() {
        for other in
            [["Main", "a", "x"], ["main", "Telemetry", "x"], ["main", "telemetry", "Readings"]]
        {
            let first = class("Reading", ["main", "telemetry", "readings"]);
            let message = message(vec![first, class("Other", other)]);
            assert!(message.contains("differ only in case"), "{message}");
        }
    }

    #[test]
    fn names_cannot_lead_out_of_the_directory() {
        assert_eq!(
            message(vec![class("Reading", ["main", "..", "readings"])]),
            "class `Reading`: the database `..` cannot be the name of a folder: it means another \
             folder"
        );
        assert!(message(vec![class("R", ["main", "a", "b/c"])]).contains("collection `b/c`"));
    }
}
