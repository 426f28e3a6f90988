//! Compiling the classes of an app.

use std::{collections::HashMap, sync::Arc};

use asymmetric_protocol::batch::ClassEntry;
use asymmetric_schema::{ClassDocument, Fingerprint, Lock, LockError, Place, TimeSeries};
use bson::Bson;
use serde_json::Value;

use super::{
    admission::{Admission, Refused},
    fill::Fill,
};
use crate::{
    Namespace, NamespaceError,
    apps::{AppConfig, AppFiles, Collection, ConfigError, Problem},
    rules::{Role, Rules, Scope},
    validate::{CompileError, NullRules, Validator},
};

/// File of an app directory that holds every version of its classes.
const LOCK_FILE: &str = "schema.lock";

/// The classes of one app.
#[derive(Debug, Default)]
pub(crate) struct Classes {
    by_place: HashMap<Place, Class>,
    /// What the schema lock knows.
    by_fingerprint: HashMap<Fingerprint, Version>,
    /// Options of collections that are time series, by their file or by their newest version.
    time_series: HashMap<Place, Arc<TimeSeries>>,
    /// Rules of collections that have none, by data source.
    default_rules: HashMap<String, Rules>,
    /// What rules find besides the user: `values` and `environment`.
    known: bson::Document,
    /// Every class is accepted, from everybody.
    open: bool,
}

/// A class as it is configured today.
#[derive(Debug)]
struct Class {
    fingerprint: Option<Fingerprint>,
    validator: Option<Arc<Validator>>,
    rules: Option<Rules>,
    asymmetric: bool,
}

/// A class as it was once accepted.
#[derive(Debug)]
struct Version {
    place: Place,
    validator: Arc<Validator>,
    /// What its objects lack of the class of today.
    fill: Option<Arc<Fill>>,
}

impl Classes {
    /// Those of a development app: whatever comes.
    pub(crate) fn open() -> Self {
        Self { open: true, ..Self::default() }
    }

    /// Compiles the schemas and rules of an app, and its schema lock if there is one. Tells
    /// everything that is wrong at once.
    pub(crate) fn compile(config: &AppConfig, files: &AppFiles) -> Result<Self, ConfigError> {
        let mut classes = Self { known: known_of(config), ..Self::default() };
        let mut compiler = Compiler { config, problems: Vec::new() };
        for source in &config.data_sources {
            let file = format!("data_sources/{}/default_rule.json", source.name);
            let rules = source.default_rule.as_ref();
            if let Some(rules) = rules.and_then(|rules| compiler.rules(&file, rules)) {
                classes.default_rules.insert(source.name.clone(), rules);
            }
        }
        for collection in &config.collections {
            let class = compiler.class(collection);
            classes.by_place.insert(place_of(collection), class);
        }
        if let Some(text) = files.get(LOCK_FILE) {
            classes.read_lock(&mut compiler, text);
        }
        // What the app says of a collection today counts more than what was once accepted.
        for collection in &config.collections {
            if let Some(options) = &collection.time_series {
                classes.time_series.insert(place_of(collection), Arc::new(options.clone()));
            }
        }
        if compiler.problems.is_empty() { Ok(classes) } else { Err(ConfigError(compiler.problems)) }
    }

    fn read_lock(&mut self, compiler: &mut Compiler<'_>, text: &[u8]) {
        let Some(lock) = compiler.lock(text) else { return };
        self.by_fingerprint = compiler.versions(&lock);
        for version in lock.versions() {
            // Those of one class come oldest first.
            match version.time_series.clone() {
                Some(options) => self.time_series.insert(version.place.clone(), Arc::new(options)),
                None => self.time_series.remove(&version.place),
            };
        }
    }

    /// What is asked of the objects of a class, if they come from a user of this scope.
    pub(crate) fn admission(
        &self,
        entry: &ClassEntry,
        scope: &Scope<'_>,
    ) -> Result<Admission, Refused> {
        let ClassEntry { data_source, database, collection, title, .. } = entry;
        let namespace =
            Namespace::for_clients(database, collection).map_err(|error| match error {
                NamespaceError::Reserved(_) => Refused::NotAllowed(error.to_string()),
                NamespaceError::Database(_) | NamespaceError::Collection(_) => {
                    Refused::Unknown(error.to_string())
                }
            })?;
        if self.open {
            return Ok(Admission::open(namespace));
        }
        let place = Place {
            data_source: data_source.clone(),
            database: database.clone(),
            collection: collection.clone(),
        };
        let unknown = || {
            Refused::Unknown(format!("the app has no asymmetric class `{title}` in {namespace}"))
        };
        let class = self.by_place.get(&place).filter(|class| class.asymmetric);
        let class = class.ok_or_else(unknown)?;
        let role = self.role(class, data_source, scope)?;
        let version = self.by_fingerprint.get(&entry.fingerprint).filter(|version| {
            version.place == place && class.fingerprint != Some(entry.fingerprint)
        });
        let (validator, fill) = match version {
            Some(version) => (Some(Arc::clone(&version.validator)), version.fill.clone()),
            None => (class.validator.clone(), None),
        };
        let time_series = self.time_series.get(&place).map(Arc::clone);
        Ok(Admission { namespace, validator, fill, role: Some(role), time_series })
    }

    /// Whether the newest version of the class in this place is a time series.
    pub(crate) fn is_time_series(&self, place: &Place) -> bool {
        self.time_series.contains_key(place)
    }

    /// What rules find besides the user.
    pub(crate) const fn known(&self) -> &bson::Document {
        &self.known
    }

    fn role(&self, class: &Class, source: &str, scope: &Scope<'_>) -> Result<Role, Refused> {
        let own = class.rules.as_ref().filter(|rules| rules.has_roles());
        let rules = own.or_else(|| self.default_rules.get(source));
        let none = || Refused::NotAllowed("no role of the user may insert here".to_owned());
        let role = rules.ok_or_else(none)?.select(scope);
        role.map_err(|error| Refused::Undecided(error.to_string()))?.ok_or_else(none)
    }
}

/// `%%values` and `%%environment`. Secrets are in neither: rules may not ask for them.
fn known_of(config: &AppConfig) -> bson::Document {
    let bson = |value: &Value| Bson::try_from(value.clone()).ok();
    let open = config.values.iter().filter(|(_, value)| !value.from_secret);
    let values: bson::Document =
        open.filter_map(|(name, value)| Some((name.clone(), bson(&value.value)?))).collect();
    let tag = config.settings.environment.as_str();
    let of_tag = config.environments.get(if tag.is_empty() { "no-environment" } else { tag });
    let own: bson::Document = of_tag
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.clone(), bson(value)?)))
        .collect();
    bson::doc! { "values": values, "environment": { "tag": tag, "values": own } }
}

fn place_of(collection: &Collection) -> Place {
    Place {
        data_source: collection.data_source.clone(),
        database: collection.database.clone(),
        collection: collection.name.clone(),
    }
}

/// Compiles what it can, and collects what is wrong.
struct Compiler<'a> {
    config: &'a AppConfig,
    problems: Vec<Problem>,
}

impl Compiler<'_> {
    fn problem(&mut self, file: &str, key: &str, what: String, fix: &str) {
        let (file, key, fix) = (file.to_owned(), key.to_owned(), fix.to_owned());
        self.problems.push(Problem { file, key, what, fix });
    }

    fn class(&mut self, collection: &Collection) -> Class {
        let Collection { schema, rules, relationships, time_series, .. } = collection;
        let folder = collection.folder();
        let schema_file = format!("{folder}schema.json");
        let validator = schema.as_ref().and_then(|schema| self.schema(&schema_file, schema));
        for at in validator.iter().flat_map(|validator| validator.not_enforced()) {
            tracing::warn!(file = %schema_file, keyword = %at, "the keyword is not enforced");
        }
        let rules_file = format!("{folder}rules.json");
        let rules = rules.as_ref().and_then(|rules| self.rules(&rules_file, rules));
        // A schema that is no class has no fingerprint; objects are held against it all the same.
        let fingerprint = schema.clone().and_then(|schema| {
            let place = place_of(collection);
            let class = ClassDocument::from_json(place, schema, relationships.clone()).ok()?;
            Some(class.with_time_series(time_series.clone()).fingerprint())
        });
        // Where nothing is listed, every collection with a schema is taken for asymmetric.
        let asymmetric = if self.config.sync.asymmetric_tables.is_empty() {
            schema.is_some()
        } else {
            self.config.is_asymmetric(collection)
        };
        Class { fingerprint, validator, rules, asymmetric }
    }

    fn lock(&mut self, text: &[u8]) -> Option<Lock> {
        let lock = std::str::from_utf8(text).map_err(|error| error.to_string());
        match lock.and_then(|text| text.parse().map_err(|error: LockError| error.to_string())) {
            Ok(lock) => Some(lock),
            Err(error) => {
                self.problem(LOCK_FILE, "", error, "take it from version control again");
                None
            }
        }
    }

    /// Every version that the lock knows.
    fn versions(&mut self, lock: &Lock) -> HashMap<Fingerprint, Version> {
        let mut versions = HashMap::new();
        for version in lock.versions() {
            let place = version.place.clone();
            let today = self.config.collections.iter().find(|today| place_of(today) == place);
            let schema = version.schema.to_json();
            let fill = today
                .and_then(|today| today.schema.as_ref())
                .and_then(|today| Fill::between(&schema, today));
            if let Some(validator) = self.schema(LOCK_FILE, &schema) {
                let compiled = Version { place, validator, fill: fill.map(Arc::new) };
                versions.insert(version.fingerprint(), compiled);
            }
        }
        versions
    }

    fn schema(&mut self, file: &str, schema: &Value) -> Option<Arc<Validator>> {
        // Objects of devices leave out what is null, whatever the app allows elsewhere.
        match Validator::compile(schema, NullRules::INGEST) {
            Ok(validator) => Some(Arc::new(validator)),
            Err(CompileError { at, problem }) => {
                self.problem(file, &at, problem, "see App Services' list of keywords");
                None
            }
        }
    }

    fn rules(&mut self, file: &str, rules: &Value) -> Option<Rules> {
        match Rules::compile(rules) {
            Ok(rules) => Some(rules),
            Err(error) => {
                self.problem(file, "", error.to_string(), "see App Services' rule expressions");
                None
            }
        }
    }
}
