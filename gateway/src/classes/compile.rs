//! Compiling the classes of an app.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use asymmetric_protocol::batch::ClassEntry;
use asymmetric_schema::{ClassDocument, Fingerprint, Lock, LockError, Place, TimeSeries};
use serde_json::Value;

use super::{
    Origin,
    admission::{Admission, Refused},
    expressions::{Expressions, Mistake},
    fill::Fill,
};
use crate::{
    Namespace, NamespaceError,
    apps::{AppConfig, AppFiles, AppRules, Collection, Problem, place_of},
    development::Versions,
    rules::{Incompatible, Role, Rules, Scope},
    validate::{CompileError, NullRules, Validator},
};

/// File of an app directory that holds every version of its classes.
const LOCK_FILE: &str = "schema.lock";

/// What is said of classes whose version the device does not know: those of Realm SDKs.
const NO_FINGERPRINT: Fingerprint = Fingerprint::from_bytes([0; 32]);

/// How a collection was made.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum MadeAs {
    Ordinary,
    TimeSeries(TimeSeries),
}

impl From<Option<TimeSeries>> for MadeAs {
    fn from(options: Option<TimeSeries>) -> Self {
        options.map_or(Self::Ordinary, Self::TimeSeries)
    }
}

impl MadeAs {
    /// Options of a time series.
    pub(crate) fn time_series(self) -> Option<TimeSeries> {
        match self {
            Self::Ordinary => None,
            Self::TimeSeries(options) => Some(options),
        }
    }
}

/// Where the objects of a batch's class go.
fn place_of_entry(entry: &ClassEntry) -> Place {
    Place {
        data_source: entry.data_source.clone(),
        database: entry.database.clone(),
        collection: entry.collection.clone(),
    }
}

/// What becomes of versions that are not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Unknown {
    /// Their objects are held against the class as it is.
    #[default]
    Today,
    /// They are learnt.
    Learnt,
    /// Every class is accepted, from everybody.
    Accepted,
}

/// The classes of one app.
#[derive(Debug, Default)]
pub(crate) struct Classes {
    by_place: HashMap<Place, Class>,
    /// What the schema lock knows.
    by_fingerprint: HashMap<Fingerprint, Version>,
    /// Options of collections that are time series, by their file or by their newest version.
    time_series: HashMap<Place, Arc<TimeSeries>>,
    rules: Arc<AppRules>,
    unknown: Unknown,
    asks_for_user: bool,
    has_calls: bool,
}

/// A class as it is configured today.
#[derive(Debug)]
struct Class {
    fingerprint: Option<Fingerprint>,
    validator: Option<Arc<Validator>>,
    expressions: Option<Arc<Expressions>>,
    /// The roles that no session of Device Sync can have.
    unfit: BTreeMap<String, Incompatible>,
    asymmetric: bool,
}

/// A class as it was once accepted.
#[derive(Debug)]
struct Version {
    place: Place,
    validator: Arc<Validator>,
    expressions: Option<Arc<Expressions>>,
    /// What its objects lack of the class of today.
    fill: Option<Arc<Fill>>,
}

impl Classes {
    /// Those of a development app: whatever comes.
    pub(crate) fn open() -> Self {
        Self { unknown: Unknown::Accepted, ..Self::default() }
    }

    /// Compiles the schemas of an app, and its schema lock if there is one. Tells every mistake.
    pub(crate) fn compile(
        config: &AppConfig,
        files: &AppFiles,
        rules: &Arc<AppRules>,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let unknown =
            if config.sync.development_mode_enabled { Unknown::Learnt } else { Unknown::Today };
        let mut classes = Self { rules: Arc::clone(rules), unknown, ..Self::default() };
        let mut compiler = Compiler { config, problems };
        for collection in &config.collections {
            let place = place_of(collection);
            let rules = rules.of(&place);
            let class = compiler.class(collection, rules);
            if class.asymmetric || config.is_upserted(collection) {
                classes.asks_for_user |=
                    class.expressions.is_some() || rules.is_some_and(Rules::asks_for_user);
                classes.has_calls |= class.asymmetric && rules.is_some_and(Rules::has_calls);
            }
            classes.by_place.insert(place, class);
        }
        if let Some(lock) = files.get(LOCK_FILE).and_then(|text| compiler.lock(text)) {
            classes.add_versions(&mut compiler, LOCK_FILE, lock.versions());
        }
        let learnt: Vec<_> = Versions::of(files).classes().collect();
        classes.add_versions(&mut compiler, Versions::FILE, learnt.iter());
        // What the app says of a collection today counts more than what was once accepted.
        for collection in &config.collections {
            if let Some(options) = &collection.time_series {
                classes.time_series.insert(place_of(collection), Arc::new(options.clone()));
            }
        }
        classes
    }

    /// Makes versions known, which stand in this file. Those of one class come oldest first.
    fn add_versions<'a>(
        &mut self,
        compiler: &mut Compiler<'_>,
        file: &str,
        versions: impl Iterator<Item = &'a ClassDocument>,
    ) {
        for version in versions {
            if let Some(compiled) = compiler.version(file, version) {
                self.by_fingerprint.insert(version.fingerprint(), compiled);
            }
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
        origin: Origin,
    ) -> Result<Admission, Refused> {
        let ClassEntry { database, collection, title, .. } = entry;
        let namespace =
            Namespace::for_clients(database, collection).map_err(|error| match error {
                NamespaceError::Reserved(_) => Refused::NotAllowed(error.to_string()),
                NamespaceError::Database(_) | NamespaceError::Collection(_) => {
                    Refused::Unknown(error.to_string())
                }
            })?;
        if self.unknown == Unknown::Accepted {
            return Ok(Admission::open(namespace));
        }
        let place = place_of_entry(entry);
        let unknown = || {
            Refused::Unknown(format!("the app has no asymmetric class `{title}` in {namespace}"))
        };
        let class = self.by_place.get(&place).filter(|class| class.asymmetric);
        let class = class.ok_or_else(unknown)?;
        let role = self.role(class, &place, scope, origin)?;
        let version = self.by_fingerprint.get(&entry.fingerprint).filter(|version| {
            version.place == place && class.fingerprint != Some(entry.fingerprint)
        });
        let (validator, expressions, fill) = match version {
            Some(Version { validator, expressions, fill, .. }) => {
                (Some(Arc::clone(validator)), expressions, fill.clone())
            }
            None => (class.validator.clone(), &class.expressions, None),
        };
        let expressions = expressions.as_ref().map(|expressions| expressions.bind(scope));
        let expressions =
            expressions.transpose().map_err(|error| Refused::Undecided(error.to_string()))?;
        let time_series = self.time_series.get(&place).map(Arc::clone);
        Ok(Admission { namespace, validator, expressions, fill, role: Some(role), time_series })
    }

    /// Whether the class is one that this app does not know and would learn.
    pub(crate) fn would_learn(&self, entry: &ClassEntry) -> bool {
        let fingerprint = &entry.fingerprint;
        if self.unknown != Unknown::Learnt || *fingerprint == NO_FINGERPRINT {
            return false;
        }
        let place = place_of_entry(entry);
        let Some(class) = self.by_place.get(&place).filter(|class| class.asymmetric) else {
            return true;
        };
        // A directory does not say what is a time series, so its fingerprint is that of a class that
        // is none.
        let is_today =
            class.fingerprint == Some(*fingerprint) && !self.time_series.contains_key(&place);
        let version = self.by_fingerprint.get(fingerprint);
        !is_today && version.is_none_or(|version| version.place != place)
    }

    /// How a collection was made, as far as versions tell.
    pub(crate) fn made_as(&self, place: &Place) -> Option<MadeAs> {
        let told = self.by_fingerprint.values().any(|version| version.place == *place);
        told.then(|| self.time_series.get(place).map(|options| TimeSeries::clone(options)).into())
    }

    /// The `validate` expressions of a collection as it is configured today.
    pub(crate) fn expressions(
        &self,
        data_source: &str,
        namespace: &Namespace,
    ) -> Option<&Expressions> {
        let place = Place {
            data_source: data_source.to_owned(),
            database: namespace.database().to_owned(),
            collection: namespace.collection().to_owned(),
        };
        self.by_place.get(&place)?.expressions.as_deref()
    }

    /// Whether the newest version of the class in this place is a time series.
    pub(crate) fn is_time_series(&self, place: &Place) -> bool {
        self.time_series.contains_key(place)
    }

    /// Whether picking a role needs more of a user than its access token tells.
    pub(crate) const fn asks_for_user(&self) -> bool {
        self.asks_for_user
    }

    /// Whether picking a role calls functions, and so waits for them.
    pub(crate) const fn has_calls(&self) -> bool {
        self.has_calls
    }

    fn role(
        &self,
        class: &Class,
        place: &Place,
        scope: &Scope<'_>,
        origin: Origin,
    ) -> Result<Role, Refused> {
        let none = || Refused::NotAllowed("no role of the user may insert here".to_owned());
        let role = self.rules.of(place).ok_or_else(none)?.select(scope);
        let role = role.map_err(|error| Refused::Undecided(error.to_string()))?;
        let role = role.ok_or_else(none)?;
        match class.unfit.get(&role.name) {
            Some(reason) if origin == Origin::DeviceSync => {
                Err(Refused::NotAllowed(format!("Device Sync cannot use this role: {reason}")))
            }
            _ => Ok(role),
        }
    }
}

/// Compiles what it can, and collects what is wrong.
struct Compiler<'a> {
    config: &'a AppConfig,
    problems: &'a mut Vec<Problem>,
}

impl Compiler<'_> {
    fn problem(&mut self, file: &str, key: &str, what: String, fix: &str) {
        let (file, key, fix) = (file.to_owned(), key.to_owned(), fix.to_owned());
        self.problems.push(Problem { file, key, what, fix });
    }

    fn class(&mut self, collection: &Collection, rules: Option<&Rules>) -> Class {
        let Collection { schema, relationships, time_series, .. } = collection;
        let folder = collection.folder();
        let schema_file = format!("{folder}schema.json");
        let validator = schema.as_ref().and_then(|schema| self.schema(&schema_file, schema));
        let mut enforced = Vec::new();
        let expressions = schema
            .as_ref()
            .and_then(|schema| self.expressions(&schema_file, schema, &mut enforced));
        let not_enforced = validator.iter().flat_map(|validator| validator.not_enforced());
        for at in not_enforced.filter(|at| !enforced.contains(at)) {
            tracing::warn!(file = %schema_file, keyword = %at, "the keyword is not enforced");
        }
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
        let queryable = |field: &str| self.config.is_queryable(collection, field);
        let unfit = rules.filter(|_| asymmetric).map(|rules| rules.unfit_for_sessions(&queryable));
        let unfit = unfit.unwrap_or_default();
        for reason in unfit.values() {
            let (database, collection) = (&collection.database, &collection.name);
            tracing::warn!(database, collection, %reason, "Device Sync cannot use this role");
        }
        Class { fingerprint, validator, expressions, unfit, asymmetric }
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

    fn version(&mut self, file: &str, version: &ClassDocument) -> Option<Version> {
        let place = version.place.clone();
        let today = self.config.collections.iter().find(|today| place_of(today) == place);
        let schema = version.schema.to_json();
        let filled_in = today
            .and_then(|today| today.schema.as_ref())
            .and_then(|today| Fill::between(&schema, today));
        let validator = self.schema(file, &schema)?;
        let expressions = self.expressions(file, &schema, &mut Vec::new());
        Some(Version { place, validator, expressions, fill: filled_in.map(Arc::new) })
    }

    /// The `validate` expressions of a schema; `places` get to know which of them are enforced.
    fn expressions(
        &mut self,
        file: &str,
        schema: &Value,
        places: &mut Vec<String>,
    ) -> Option<Arc<Expressions>> {
        match Expressions::compile(schema, places) {
            Ok(expressions) => expressions.map(Arc::new),
            Err(Mistake { at, error }) => {
                self.problem(file, &at, error.to_string(), "see App Services' rule expressions");
                None
            }
        }
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
}
