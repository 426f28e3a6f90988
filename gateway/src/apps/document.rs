//! An app as one document of JSON: what older clients pull and push.
//!
//! Two shapes are read: that of `/push`, where things of one kind are in one list, and that of
//! `/import`, which is nested like a directory. Files that a document has no key for stay as they
//! are.

use serde_json::{Map, Value, json};

use super::{AppConfig, AppFiles, ReadError};

type Object = Map<String, Value>;

const SETTINGS: [&str; 6] = [
    "name",
    "location",
    "provider_region",
    "deployment_model",
    "environment",
    "allowed_request_origins",
];
const PROVIDERS: &str = "auth/providers.json";
const USER_DATA: &str = "auth/custom_user_data.json";
const FUNCTIONS: &str = "functions/config.json";
const SYNC: &str = "sync/config.json";
const ENDPOINTS: &str = "http_endpoints/config.json";
const DATA_API: &str = "http_endpoints/data_api_config.json";
/// Keys that stand for all files of a folder, each named after its content.
const FOLDERS: [(&str, &str); 3] =
    [("triggers", "triggers/"), ("values", "values/"), ("log_forwarders", "log_forwarders/")];
/// Keys that stand for one file.
const FILES: [(&str, &str); 4] = [
    ("data_api_config", DATA_API),
    ("https_endpoints", ENDPOINTS),
    ("hosting", "hosting/config.json"),
    ("graphql", "graphql/config.json"),
];

/// A document that cannot become files.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DocumentError {
    #[error("`{0}` is missing or is no {1}")]
    Shape(String, &'static str),
    #[error("`{0}` is no name")]
    Name(String),
    #[error(transparent)]
    Files(#[from] ReadError),
}

/// The document of an app.
pub(crate) fn of(files: &AppFiles, config: &AppConfig) -> Value {
    let root = files.object(config.identity.layout.root_file());
    let mut document = Object::new();
    for key in SETTINGS {
        document.extend(root.get(key).map(|value| (key.to_owned(), value.clone())));
    }
    let mut put = |key: &str, value: Value| drop(document.insert(key.to_owned(), value));
    put("auth_providers", json!(files.object(PROVIDERS).into_values().collect::<Vec<_>>()));
    put("custom_user_data", json!(files.object(USER_DATA)));
    put("data_sources", json!(data_sources(files, config)));
    put("schemas", json!(schemas(config)));
    put("functions", json!(functions(files, config)));
    put("sync", json!(files.object(SYNC)));
    put("endpoints", json!([]));
    put("services", json!([]));
    let mut environments = Object::new();
    for (name, bytes) in files.below("environments/") {
        let value = serde_json::from_slice(bytes).unwrap_or_default();
        environments.insert(name.to_owned(), value);
    }
    put("environments", json!(environments));
    for (key, folder) in FOLDERS {
        let content = files.below(folder).filter(|(path, _)| !path.contains('/'));
        let content = content.filter_map(|(_, bytes)| serde_json::from_slice(bytes).ok());
        put(key, Value::Array(content.collect()));
    }
    for (key, path) in FILES {
        let empty = if key == "https_endpoints" { json!([]) } else { json!({}) };
        put(key, files.json(path).unwrap_or(empty));
    }
    Value::Object(document)
}

fn data_sources(files: &AppFiles, config: &AppConfig) -> Vec<Value> {
    let source = |source: &super::DataSource| {
        let mut shown = files.object(&format!("data_sources/{}/config.json", source.name));
        let rules = config.collections.iter().filter(|c| c.data_source == source.name);
        let rules: Vec<_> = rules.filter_map(|collection| collection.rules.clone()).collect();
        shown.insert("rules".to_owned(), json!(rules));
        let default = source.default_rule.clone();
        shown.extend(default.map(|rule| ("default_rule".to_owned(), rule)));
        Value::Object(shown)
    };
    config.data_sources.iter().map(source).collect()
}

fn schemas(config: &AppConfig) -> Vec<Value> {
    let with_schema = config.collections.iter().filter(|collection| collection.schema.is_some());
    let shown = with_schema.map(|collection| {
        json!({
            "metadata": {
                "data_source": collection.data_source,
                "database": collection.database,
                "collection": collection.name,
            },
            "schema": collection.schema,
            "relationships": collection.relationships.clone().unwrap_or_else(|| json!({})),
        })
    });
    shown.collect()
}

fn functions(files: &AppFiles, config: &AppConfig) -> Vec<Value> {
    let mut functions = files.list(FUNCTIONS);
    for function in &mut functions {
        let name = function.get("name").and_then(Value::as_str).unwrap_or_default();
        let source = config.function(name).map(|function| function.source.clone());
        if let Some(function) = function.as_object_mut() {
            function.insert("source".to_owned(), json!(source));
        }
    }
    functions
}

/// The files that a document describes, with what `current` has besides.
pub(crate) fn files(document: &Value, current: &AppFiles) -> Result<AppFiles, DocumentError> {
    let document = document.as_object();
    let document = document.ok_or_else(|| shape("the document", "object"))?;
    let mut writer = Writer { files: current.clone() };
    writer.root(document)?;
    writer.auth(document)?;
    writer.data_sources(document)?;
    writer.schemas(document)?;
    writer.functions(document)?;
    writer.rest(document)?;
    Ok(writer.files)
}

fn shape(key: &str, expected: &'static str) -> DocumentError {
    DocumentError::Shape(key.to_owned(), expected)
}

fn text<'a>(value: &'a Value, key: &str) -> Result<&'a str, DocumentError> {
    value.get(key).and_then(Value::as_str).ok_or_else(|| shape(key, "text"))
}

/// A name that becomes one part of a path.
fn part<'a>(value: &'a Value, key: &str) -> Result<&'a str, DocumentError> {
    let name = text(value, key)?;
    if name.is_empty() || name.contains('/') {
        return Err(DocumentError::Name(name.to_owned()));
    }
    Ok(name)
}

struct Writer {
    files: AppFiles,
}

impl Writer {
    /// Writes a file, unless it says the same already: what nobody changed stays byte for byte.
    fn write(&mut self, path: &str, value: &Value) -> Result<(), DocumentError> {
        if self.files.json::<Value>(path).as_ref() != Some(value) {
            self.files.insert(path, format!("{value:#}\n"))?;
        }
        Ok(())
    }

    /// Removes the files of a folder that are not among these.
    fn keep(&mut self, folder: &str, wanted: impl Fn(&str) -> bool) {
        let paths: Vec<String> = self
            .files
            .below(folder)
            .map(|(path, _)| format!("{folder}{path}"))
            .filter(|path| !wanted(path))
            .collect();
        for path in paths {
            self.files.remove(&path);
        }
    }

    fn root(&mut self, document: &Object) -> Result<(), DocumentError> {
        let current = ["root_config.json", "realm_config.json"];
        let path = current.into_iter().find(|path| self.files.get(path).is_some());
        let path = path.unwrap_or("root_config.json");
        let mut root = self.files.object(path);
        for key in SETTINGS {
            root.extend(document.get(key).map(|value| (key.to_owned(), value.clone())));
        }
        self.write(path, &Value::Object(root))
    }

    fn auth(&mut self, document: &Object) -> Result<(), DocumentError> {
        let nested = document.get("auth");
        let providers = nested.and_then(|auth| auth.get("providers"));
        match (providers, document.get("auth_providers")) {
            (Some(providers), _) => self.write(PROVIDERS, providers)?,
            (None, Some(Value::Array(providers))) => {
                let mut by_type = Object::new();
                for provider in providers {
                    by_type.insert(text(provider, "type")?.to_owned(), without_id(provider));
                }
                self.write(PROVIDERS, &Value::Object(by_type))?;
            }
            (None, Some(_)) => return Err(shape("auth_providers", "list")),
            (None, None) => {}
        }
        let nested = nested.and_then(|auth| auth.get("custom_user_data"));
        let data = nested.or_else(|| document.get("custom_user_data"));
        match data.filter(|data| data.as_object().is_some_and(|data| !data.is_empty())) {
            Some(data) => self.write(USER_DATA, data),
            None => Ok(()),
        }
    }

    fn data_sources(&mut self, document: &Object) -> Result<(), DocumentError> {
        let Some(sources) = document.get("data_sources") else { return Ok(()) };
        let sources = sources.as_array().ok_or_else(|| shape("data_sources", "list"))?;
        let mut written = Vec::new();
        for source in sources {
            let config = source.get("config").filter(|config| config.get("type").is_some());
            let (config, inner) = match config {
                // Nested like a directory: the file is the value of `config`.
                Some(file) => (file.clone(), file),
                None => (without(source, &["_id", "rules", "default_rule"]), source),
            };
            let folder = format!("data_sources/{}/", part(inner, "name")?);
            let mut write = |writer: &mut Self, path: String, value: &Value| {
                writer.write(&path, value)?;
                written.push(path);
                Ok::<_, DocumentError>(())
            };
            write(self, format!("{folder}config.json"), &config)?;
            if let Some(rule) = source.get("default_rule").filter(|rule| rule.is_object()) {
                write(self, format!("{folder}default_rule.json"), &without_id(rule))?;
            }
            for rule in source.get("rules").and_then(Value::as_array).into_iter().flatten() {
                let (database, collection) = (part(rule, "database")?, part(rule, "collection")?);
                let folder = format!("{folder}{database}/{collection}/");
                let rules = without(rule, &["_id", "schema", "relationships"]);
                write(self, format!("{folder}rules.json"), &rules)?;
                for key in ["schema", "relationships"] {
                    if let Some(value) = rule.get(key).filter(|value| value.is_object()) {
                        write(self, format!("{folder}{key}.json"), value)?;
                    }
                }
            }
        }
        // Schemas of the other shape come in a list of their own.
        let apart = document.contains_key("schemas");
        self.keep("data_sources/", |path| {
            written.iter().any(|written| written == path)
                // The document has no place for it.
                || path.ends_with("/time_series.json")
                || (apart
                    && (path.ends_with("schema.json") || path.ends_with("relationships.json")))
        });
        Ok(())
    }

    fn schemas(&mut self, document: &Object) -> Result<(), DocumentError> {
        let Some(schemas) = document.get("schemas") else { return Ok(()) };
        let schemas = schemas.as_array().ok_or_else(|| shape("schemas", "list"))?;
        let mut folders = Vec::new();
        for entry in schemas {
            let metadata = entry.get("metadata").ok_or_else(|| shape("metadata", "object"))?;
            let (source, database) = (part(metadata, "data_source")?, part(metadata, "database")?);
            let collection = part(metadata, "collection")?;
            let folder = format!("data_sources/{source}/{database}/{collection}/");
            let schema = entry.get("schema").ok_or_else(|| shape("schema", "object"))?;
            self.write(&format!("{folder}schema.json"), schema)?;
            let relationships = entry.get("relationships").filter(|value| value.is_object());
            let path = format!("{folder}relationships.json");
            self.write(&path, &relationships.cloned().unwrap_or_else(|| json!({})))?;
            folders.push(folder);
        }
        self.keep("data_sources/", |path| {
            let schema = path.ends_with("/schema.json") || path.ends_with("/relationships.json");
            !schema || folders.iter().any(|folder| path.starts_with(folder.as_str()))
        });
        Ok(())
    }

    fn functions(&mut self, document: &Object) -> Result<(), DocumentError> {
        let mut config = Vec::new();
        let mut sources: Vec<(String, String)> = Vec::new();
        match document.get("functions") {
            None => return Ok(()),
            Some(Value::Array(functions)) => {
                for function in functions {
                    let source = text(function, "source")?.to_owned();
                    sources.push((format!("{}.js", text(function, "name")?), source));
                    config.push(without(function, &["_id", "source"]));
                }
            }
            Some(functions) => {
                let list = |key: &str| functions.get(key).and_then(Value::as_array);
                config.extend(list("config").into_iter().flatten().cloned());
                for source in list("sources").into_iter().flatten() {
                    let path = text(source, "path")?.to_owned();
                    sources.push((path, text(source, "source")?.to_owned()));
                }
            }
        }
        self.write(FUNCTIONS, &Value::Array(config))?;
        for (path, source) in &sources {
            self.files.insert(&format!("functions/{path}"), source.clone().into_bytes())?;
        }
        self.keep("functions/", |path| {
            let name = path.strip_prefix("functions/").unwrap_or_default();
            !is_source(path) || sources.iter().any(|(source, _)| source == name)
        });
        Ok(())
    }

    fn rest(&mut self, document: &Object) -> Result<(), DocumentError> {
        if let Some(sync) = document.get("sync") {
            let sync = sync.get("config").unwrap_or(sync);
            if sync.as_object().is_some_and(|sync| !sync.is_empty()) {
                self.write(SYNC, sync)?;
            }
        }
        if let Some(Value::Object(environments)) = document.get("environments") {
            for (name, content) in environments {
                let name = name.strip_suffix(".json").unwrap_or(name);
                self.write(&format!("environments/{name}.json"), content)?;
            }
        }
        for (key, folder) in FOLDERS {
            let Some(Value::Array(items)) = document.get(key) else { continue };
            let mut written = Vec::new();
            for item in items {
                let path = format!("{folder}{}.json", part(item, "name")?);
                self.write(&path, &without(item, &["_id"]))?;
                written.push(path);
            }
            self.keep(folder, |path| written.iter().any(|written| written == path));
        }
        for (key, path) in FILES {
            let Some(value) = document.get(key) else { continue };
            let empty = value.as_object().is_some_and(Map::is_empty)
                || value.as_array().is_some_and(Vec::is_empty);
            if !empty || self.files.get(path).is_some() {
                self.write(path, value)?;
            }
        }
        Ok(())
    }
}

/// Whether a file is the source of a function.
fn is_source(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, extension)| extension == "js")
}

fn without_id(value: &Value) -> Value {
    without(value, &["_id"])
}

fn without(value: &Value, keys: &[&str]) -> Value {
    let mut value = value.clone();
    if let Some(object) = value.as_object_mut() {
        object.retain(|key, _| !keys.contains(&key.as_str()));
    }
    value
}
