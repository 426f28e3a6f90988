//! From files to a configuration.

use std::collections::BTreeMap;

use bson::oid::ObjectId;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::{
    AppConfig, AuthProvider, DataApi, Identity, Layout, Settings, Value, auth, closed, data_source,
    function, sync,
};
use crate::apps::{AppFiles, ConfigError, app::is_client_app_id, reader::Reader};

const PROVIDERS: &str = "auth/providers.json";
const DATA_API: &str = "http_endpoints/data_api_config.json";

/// `.mdb/meta.json`, and what `realm_config.json` has of it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Meta {
    config_version: Option<u32>,
    app_id: Option<String>,
    group_id: Option<String>,
    client_app_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Environment {
    values: Map<String, Json>,
}

impl AppConfig {
    /// Reads the files of an app and checks them. Tells everything that is wrong at once.
    pub fn of(files: &AppFiles) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(files);
        let reader_ref = &mut reader;
        let layout = layout(reader_ref);
        let settings: Settings = reader_ref.read_or_default(layout.root_file());
        let identity = identity(reader_ref, layout, &settings);
        check_settings(reader_ref, layout, &settings);
        let mut notices = Vec::new();

        let auth_providers: BTreeMap<String, AuthProvider> = reader_ref.read_or_default(PROVIDERS);
        for (kind, provider) in &auth_providers {
            auth::check(reader_ref, kind, provider);
        }
        let custom_user_data = reader_ref.read_or_default("auth/custom_user_data.json");
        auth::check_user_data(reader_ref, &custom_user_data);

        let (mut data_sources, mut collections) = (Vec::new(), Vec::new());
        for folder in folders(files, "data_sources/") {
            data_source::read(
                reader_ref,
                folder,
                &mut data_sources,
                &mut collections,
                &mut notices,
            );
        }
        let sync = sync::read(reader_ref, &settings, &mut notices);
        let functions = function::read(reader_ref);
        let values = values(reader_ref);
        let environments = environments(reader_ref);
        let data_api: DataApi = reader_ref.read_or_default(DATA_API);
        unserved(reader_ref, &mut notices);
        let mut config = Self {
            identity,
            settings,
            auth_providers,
            custom_user_data,
            data_sources,
            collections,
            sync,
            functions,
            values,
            environments,
            data_api,
            notices,
        };
        check_titles(reader_ref, &config);
        check_functions(reader_ref, &config);
        config.notices.extend(closed::notices(&config));
        reader.problems.none_or(config)
    }
}

fn layout(reader: &mut Reader<'_>) -> Layout {
    let has = |path: &str| reader.files.get(path).is_some();
    if has(Layout::Current.root_file()) {
        return Layout::Current;
    }
    if has(Layout::Of2021.root_file()) {
        return Layout::Of2021;
    }
    if let Some(old) = ["config.json", "stitch.json"].into_iter().find(|path| has(path)) {
        let what = "the layout is older than 2021";
        reader.problem(old, "", what, "pull the app again with a current App Services CLI");
    } else {
        let fix = "write `{\"name\": \"my-app\"}` there, or name the directory that has it";
        reader.problem(Layout::Current.root_file(), "", "there is no such file", fix);
    }
    Layout::Current
}

fn identity(reader: &mut Reader<'_>, layout: Layout, settings: &Settings) -> Identity {
    let mut meta: Meta = reader.read_or_default(layout.meta_file());
    let mut client_app_id_in = layout.meta_file();
    if layout == Layout::Of2021 {
        // Here `app_id` is what clients are built with.
        let root: Meta = reader.read_or_default(layout.root_file());
        if let Some(id) = root.app_id {
            meta.client_app_id.get_or_insert(id);
            client_app_id_in = layout.root_file();
        }
        if root.config_version.is_some_and(|version| version < 20_210_101) {
            let what = "the layout is older than 2021";
            let fix = "pull the app again with a current App Services CLI";
            reader.problem(layout.root_file(), "config_version", what, fix);
        }
    }
    let mut id = |key: &str, text: Option<String>| {
        let text = text.filter(|text| !text.is_empty())?;
        let id = ObjectId::parse_str(&text).ok();
        if id.is_none() {
            let what = format!("`{text}` is no id");
            reader.problem(layout.meta_file(), key, what, "write 24 hexadecimal digits");
        }
        id
    };
    let app_id = id("app_id", meta.app_id);
    let group_id = id("group_id", meta.group_id);
    let client_app_id = match meta.client_app_id.filter(|id| !id.is_empty()) {
        Some(id) => {
            if !is_client_app_id(&id) {
                let what = format!("`{id}` is no client app id");
                let fix = "use letters, digits, `-` and `_`, as in `telemetry-abcde`";
                reader.problem(client_app_id_in, "client_app_id", what, fix);
            }
            id
        }
        None => settings.name.clone(),
    };
    Identity { layout, client_app_id, app_id, group_id }
}

fn check_settings(reader: &mut Reader<'_>, layout: Layout, settings: &Settings) {
    let file = layout.root_file();
    if reader.files.get(file).is_some() && !is_client_app_id(&settings.name) {
        let what = format!("`{}` is no name of an app", settings.name);
        let fix = "use letters, digits, `-` and `_`";
        reader.problem(file, "name", what, fix);
    }
    if !matches!(
        settings.environment.as_str(),
        "" | "no-environment" | "development" | "testing" | "qa" | "production"
    ) {
        let what = format!("`{}` is no environment", settings.environment);
        let fix = "write development, testing, qa, production, or an empty string";
        reader.problem(file, "environment", what, fix);
    }
    for (index, origin) in settings.allowed_request_origins.iter().enumerate() {
        let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        if host.is_none_or(|host| host.is_empty() || host.contains('/')) {
            let what = format!("`{origin}` is no origin");
            let fix = "write scheme and host, as in `https://app.example.com`";
            reader.problem(file, &format!("allowed_request_origins[{index}]"), what, fix);
        }
    }
}

/// Names of the folders right below a folder.
fn folders<'a>(files: &'a AppFiles, folder: &'static str) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for (path, _) in files.below(folder) {
        if let Some((name, _)) = path.split_once('/')
            && names.last() != Some(&name)
        {
            names.push(name);
        }
    }
    names
}

/// Names of the JSON files right below a folder.
fn json_files(files: &AppFiles, folder: &'static str) -> Vec<String> {
    let name = |path: &str| path.strip_suffix(".json").map(str::to_owned);
    files.below(folder).filter_map(|(path, _)| name(path)).filter(|n| !n.contains('/')).collect()
}

fn values(reader: &mut Reader<'_>) -> BTreeMap<String, Value> {
    let mut values = BTreeMap::new();
    for name in json_files(reader.files, "values/") {
        let path = format!("values/{name}.json");
        let Some(mut value) = reader.read::<Value>(&path) else { continue };
        if value.name.is_empty() {
            value.name.clone_from(&name);
        }
        if value.from_secret && !value.value.is_string() {
            reader.problem(&path, "value", "is no name of a secret", "write its name");
        }
        if let Some(other) = values.insert(value.name.clone(), value) {
            let what = format!("`{}` is there twice", other.name);
            reader.problem(&path, "name", what, "rename one of them");
        }
    }
    values
}

fn environments(reader: &mut Reader<'_>) -> BTreeMap<String, Map<String, Json>> {
    let mut environments = BTreeMap::new();
    for name in json_files(reader.files, "environments/") {
        let file = reader.read_or_default::<Environment>(&format!("environments/{name}.json"));
        environments.insert(name, file.values);
    }
    environments
}

/// Folders that the gateway keeps and does not serve, and what people call their content.
const UNSERVED: [(&str, &str); 8] = [
    ("triggers/", "triggers"),
    ("hosting/", "hosting"),
    ("graphql/", "GraphQL"),
    ("http_endpoints/", "HTTPS endpoints"),
    ("https_endpoints/", "HTTPS endpoints"),
    ("log_forwarders/", "log forwarders"),
    ("services/", "third-party services"),
    ("push/", "push notifications"),
];
/// Folders that the gateway reads.
const SERVED: [&str; 7] =
    ["auth/", "data_sources/", "environments/", "functions/", "sync/", "values/", ".mdb/"];

/// Notes what lies there and is not served.
fn unserved(reader: &mut Reader<'_>, notices: &mut Vec<String>) {
    for (folder, name) in UNSERVED {
        let files = reader.files.below(folder);
        let files: Vec<&str> = files
            // What an export writes where there is nothing.
            .filter(|(path, bytes)| {
                format!("{folder}{path}") != DATA_API && bytes.trim_ascii() != b"[]"
            })
            .map(|(path, _)| path)
            .collect();
        let count = match files.len() {
            0 => continue,
            1 => "1 file".to_owned(),
            count => format!("{count} files"),
        };
        notices.push(format!("{name}: kept, not served ({count} in `{folder}`)"));
    }
    let known = |path: &str| {
        let roots = [Layout::Current, Layout::Of2021].map(Layout::root_file);
        SERVED.into_iter().chain(UNSERVED.map(|(folder, _)| folder)).any(|f| path.starts_with(f))
            || roots.contains(&path)
            || path == "schema.lock"
    };
    let unknown: Vec<&str> =
        reader.files.iter().map(|(path, _)| path).filter(|path| !known(path)).collect();
    if let Some(first) = unknown.first() {
        notices.push(match unknown.len() {
            1 => format!("`{first}`: kept, the gateway does not know what it is"),
            count => format!(
                "`{first}` and {} more: kept, the gateway does not know what they are",
                count - 1
            ),
        });
    }
    let dependencies = ["functions/package.json", "functions/node_modules.tar.gz"];
    if dependencies.iter().any(|path| reader.files.get(path).is_some()) {
        notices.push("dependencies of functions: kept, functions cannot import them".to_owned());
    }
}

/// A title is the name of a class, which one data source has once.
fn check_titles(reader: &mut Reader<'_>, config: &AppConfig) {
    for (index, collection) in config.collections.iter().enumerate() {
        let Some(title) = collection.title() else { continue };
        let other = config.collections.iter().take(index).find(|other| {
            other.data_source == collection.data_source && other.title() == Some(title)
        });
        if let Some(other) = other {
            let what = format!("`{title}` is also the title of `{}schema.json`", other.folder());
            let file = format!("{}schema.json", collection.folder());
            reader.problem(&file, "title", what, "rename one of them; it is the name of a class");
        }
    }
}

/// Functions that the configuration calls must be there.
fn check_functions(reader: &mut Reader<'_>, config: &AppConfig) {
    const CALLED: [(&str, Option<&str>, &str); 3] = [
        ("local-userpass", Some("runConfirmationFunction"), "confirmationFunctionName"),
        ("local-userpass", Some("runResetFunction"), "resetFunctionName"),
        ("custom-function", None, "authFunctionName"),
    ];
    for (kind, switch, key) in CALLED {
        let Some(provider) = config.auth_providers.get(kind).filter(|p| !p.disabled) else {
            continue;
        };
        let on = |switch: &str| provider.config.get(switch).and_then(Json::as_bool) == Some(true);
        let name = provider.config.get(key).and_then(Json::as_str).unwrap_or_default();
        if switch.is_none_or(on) && config.function(name).is_none() {
            let what = format!("there is no function `{name}`");
            let fix = "add it to `functions/config.json`, or disable what calls it";
            reader.problem(PROVIDERS, &format!("{kind}.config.{key}"), what, fix);
        }
    }
}
