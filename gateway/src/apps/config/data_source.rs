//! `data_sources/`: linked clusters, and rules and schemas of their collections.

use asymmetric_schema::TimeSeries;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::auth::null_is_default;
use crate::{Namespace, apps::reader::Reader};

/// A linked cluster. All of them are the store of the gateway.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct DataSource {
    /// What clients call it; most often `mongodb-atlas`.
    pub name: String,
    /// `mongodb-atlas`, `mongodb` or `datalake`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Settings of the cluster.
    #[serde(default, deserialize_with = "null_is_default")]
    pub config: Map<String, Value>,
    /// Settings whose values are names of secrets.
    #[serde(default, deserialize_with = "null_is_default")]
    pub secret_config: Map<String, Value>,
    /// `default_rule.json`: roles and filters of collections that have none of their own.
    #[serde(skip)]
    pub default_rule: Option<Value>,
}

/// What is configured for a collection.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Collection {
    /// Name of its data source, which need not be there yet.
    pub data_source: String,
    /// Its database.
    pub database: String,
    /// Its name.
    pub name: String,
    /// `rules.json`: roles and filters.
    pub rules: Option<Value>,
    /// `schema.json`.
    pub schema: Option<Value>,
    /// `relationships.json`, an object.
    pub relationships: Option<Value>,
    /// `time_series.json`: the collection is a time series, and this is how it is made.
    pub time_series: Option<TimeSeries>,
}

impl Collection {
    /// Title of the schema, which is the name of the class.
    #[must_use]
    pub fn title(&self) -> Option<&str> {
        self.schema.as_ref()?.get("title")?.as_str()
    }

    /// Database and name as a namespace.
    pub fn namespace(&self) -> Result<Namespace, crate::NamespaceError> {
        Namespace::new(&self.database, &self.name)
    }

    /// Folder of its files, with a slash at its end.
    #[must_use]
    pub fn folder(&self) -> String {
        format!("data_sources/{}/{}/{}/", self.data_source, self.database, self.name)
    }
}

/// Longest title of a schema, in bytes.
const MAX_TITLE_BYTES: usize = 57;

/// The folder of a data source, and what lies in it.
pub(super) fn read(
    reader: &mut Reader<'_>,
    folder: &str,
    sources: &mut Vec<DataSource>,
    collections: &mut Vec<Collection>,
    notices: &mut Vec<String>,
) {
    let prefix = format!("data_sources/{folder}/");
    let config = format!("{prefix}config.json");
    match reader.read::<DataSource>(&config) {
        Some(mut source) => {
            if source.name != folder {
                let what = format!("`{}` stands in the folder `{folder}`", source.name);
                reader.problem(&config, "name", what, "use one name for both");
            }
            if source.config.contains_key("uri") || source.secret_config.contains_key("uri") {
                notices.push(format!(
                    "data source `{folder}`: its connection string is not used, documents go to \
                     the store of the gateway"
                ));
            }
            if source.kind == "datalake" {
                notices.push(format!("data source `{folder}`: federated sources are not served"));
            }
            source.default_rule = roles(reader, &format!("{prefix}default_rule.json"));
            sources.push(source);
        }
        None if reader.files.get(&config).is_none() => notices.push(format!(
            "data source `{folder}` has no `{config}`: its schemas are known, clients cannot use it"
        )),
        None => {}
    }
    let mut folders: Vec<(&str, &str)> = Vec::new();
    let files = reader.files;
    for (path, _) in files.iter() {
        let Some(path) = path.strip_prefix(prefix.as_str()) else { continue };
        let mut parts = path.split('/');
        if let (Some(database), Some(collection), Some(file)) =
            (parts.next(), parts.next(), parts.next())
            && matches!(file, "rules.json" | "schema.json" | "relationships.json")
            && parts.next().is_none()
            && folders.last() != Some(&(database, collection))
        {
            folders.push((database, collection));
        }
    }
    for (database, name) in folders {
        collections.push(read_collection(reader, folder, database, name));
    }
}

fn read_collection(
    reader: &mut Reader<'_>,
    data_source: &str,
    database: &str,
    name: &str,
) -> Collection {
    let mut collection = Collection {
        data_source: data_source.to_owned(),
        database: database.to_owned(),
        name: name.to_owned(),
        ..Collection::default()
    };
    let folder = collection.folder();
    let rules = format!("{folder}rules.json");
    if let Err(error) = Namespace::for_clients(database, name) {
        reader.problem(&folder, "", error.to_string(), "rename the folder");
    }
    collection.rules = roles(reader, &rules);
    for (key, expected) in [("database", database), ("collection", name)] {
        let found = collection.rules.as_ref().and_then(|rules| rules.get(key));
        if let Some(found) = found
            && found.as_str() != Some(expected)
        {
            let what = format!("{found} stands in the folder of `{expected}`");
            reader.problem(&rules, key, what, "use one name for both");
        }
    }
    let schema = format!("{folder}schema.json");
    collection.schema =
        object(reader, &schema).filter(|schema| *schema != Value::Object(Map::new()));
    let title = collection.title().unwrap_or_default();
    if title.len() > MAX_TITLE_BYTES {
        let what = format!("`{title}` is longer than 57 bytes");
        reader.problem(&schema, "title", what, "shorten it; it is the name of the class");
    }
    collection.relationships = object(reader, &format!("{folder}relationships.json"));
    let path = format!("{folder}time_series.json");
    match reader.read::<Value>(&path).map(TimeSeries::from_json).transpose() {
        Ok(options) => collection.time_series = options,
        Err(error) => {
            let fix = "write `{\"time\": \"takenAt\", \"meta\": \"deviceId\", \"granularity\": \"seconds\"}`";
            reader.problem(&path, "", error.to_string(), fix);
        }
    }
    collection
}

/// A file of roles and filters.
fn roles(reader: &mut Reader<'_>, path: &str) -> Option<Value> {
    let rules = object(reader, path)?;
    for key in ["roles", "filters"] {
        if let Some(value) = rules.get(key)
            && !value.is_null()
            && !value.as_array().is_some_and(|list| list.iter().all(Value::is_object))
        {
            reader.problem(path, key, "is no list of objects", "write a list");
        }
    }
    Some(rules)
}

fn object(reader: &mut Reader<'_>, path: &str) -> Option<Value> {
    reader.read::<Map<String, Value>>(path).map(Value::Object)
}
