//! Comparing the collections that are there with those that classes need.

use std::fmt;

use asymmetric_schema::{ClassDocument, Granularity, TimeSeries};
use bson::{Bson, Document, doc};

use crate::{
    MongoStore, Namespace, NamespaceError,
    store::{Found, StoreError, time_series_options},
};

/// What is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// Puts the schemas into MongoDB, too, as validators of the collections. MongoDB allows none on
    /// time-series collections.
    pub validators: bool,
    /// Only tells what would be made.
    pub dry_run: bool,
}

/// What was made for one class, or would be.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Step {
    /// The class.
    pub class: String,
    /// Its collection.
    pub namespace: Namespace,
    /// What was done there.
    pub action: Action,
}

/// What is done to a collection.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// Everything is there.
    Nothing,
    /// An ordinary collection is made.
    Create,
    /// A time-series collection is made.
    CreateTimeSeries,
    /// The validator of a collection is set.
    SetValidator,
    /// The granularity of a time-series collection becomes coarser.
    SetGranularity(Granularity),
    /// The measurements of a time series are indexed by their source and time.
    CreateIndex,
    /// What is there is something else, and would have to be dropped.
    Conflict(String),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { class, namespace, action } = self;
        match action {
            Action::Nothing => write!(f, "{namespace}: is as `{class}` needs it"),
            Action::Create => write!(f, "{namespace}: created for `{class}`"),
            Action::CreateTimeSeries => {
                write!(f, "{namespace}: created as a time-series collection for `{class}`")
            }
            Action::SetValidator => write!(f, "{namespace}: validator of `{class}` set"),
            Action::SetGranularity(granularity) => {
                write!(f, "{namespace}: granularity `{}` of `{class}` set", granularity.as_str())
            }
            Action::CreateIndex => {
                write!(f, "{namespace}: indexed by the time series of `{class}`")
            }
            Action::Conflict(what) => write!(f, "{namespace}: {what}"),
        }
    }
}

/// Classes for which nothing can be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProvisionError {
    /// A class names a place that MongoDB does not allow.
    #[error("the class `{class}` has no place in MongoDB")]
    Namespace {
        /// The class.
        class: String,
        /// What is wrong with it.
        source: NamespaceError,
    },
    /// MongoDB did not do it. What was made before stays, and doing it again is safe.
    #[error("cannot make the collection of `{class}`")]
    Store {
        /// The class.
        class: String,
        /// Why not.
        source: StoreError,
    },
}

/// Makes what the collections of these classes need; a step for each thing that is done, and one for
/// each class that needs nothing.
pub async fn provision(
    store: &MongoStore,
    classes: &[ClassDocument],
    options: Options,
) -> Result<Vec<Step>, ProvisionError> {
    let mut steps = Vec::with_capacity(classes.len());
    for class in classes {
        let title = class.title().to_owned();
        let namespace = Namespace::for_clients(&class.place.database, &class.place.collection)
            .map_err(|source| ProvisionError::Namespace { class: title.clone(), source })?;
        let mut actions = provision_class(store, class, &namespace, options)
            .await
            .map_err(|source| ProvisionError::Store { class: title.clone(), source })?;
        if actions.is_empty() {
            actions.push(Action::Nothing);
        }
        steps.extend(actions.into_iter().map(|action| Step {
            class: title.clone(),
            namespace: namespace.clone(),
            action,
        }));
    }
    Ok(steps)
}

async fn provision_class(
    store: &MongoStore,
    class: &ClassDocument,
    namespace: &Namespace,
    Options { validators, dry_run }: Options,
) -> Result<Vec<Action>, StoreError> {
    let validator =
        if validators && class.time_series.is_none() { Some(validator_of(class)?) } else { None };
    let needs = match (store.describe(namespace).await?, &class.time_series) {
        (None, time_series) => creation(namespace, time_series.as_ref(), validator),
        (Some(found), Some(wanted)) => {
            let indexes = store.index_keys(namespace).await?;
            changes_of_time_series(namespace, &found, wanted, &indexes)
        }
        (Some(Found { time_series: Some(_), .. }), None) => {
            vec![conflict("is a time-series collection, which the class is not; rename or drop it")]
        }
        (Some(found), None) => {
            let validator =
                validator.filter(|validator| found.validator.as_ref() != Some(validator));
            let change = |validator| {
                let change = doc! { "collMod": namespace.collection(), "validator": validator };
                Need { action: Action::SetValidator, commands: vec![change] }
            };
            validator.map(change).into_iter().collect()
        }
    };
    let mut actions = Vec::with_capacity(needs.len());
    for Need { action, commands } in needs {
        if !dry_run {
            for command in commands {
                store.command(namespace, command).await?;
            }
        }
        actions.push(action);
    }
    Ok(actions)
}

/// What a collection lacks, and how MongoDB is told.
struct Need {
    action: Action,
    commands: Vec<Document>,
}

fn conflict(what: impl Into<String>) -> Need {
    Need { action: Action::Conflict(what.into()), commands: Vec::new() }
}

fn creation(
    namespace: &Namespace,
    time_series: Option<&TimeSeries>,
    validator: Option<Document>,
) -> Vec<Need> {
    let mut create = doc! { "create": namespace.collection() };
    if let Some(validator) = validator {
        create.insert("validator", validator);
    }
    let Some(options) = time_series else {
        return vec![Need { action: Action::Create, commands: vec![create] }];
    };
    create.insert("timeseries", time_series_options(options));
    // Newer servers made the index by themselves, and take this for the same.
    let index = index_of(options).map(|keys| create_index(namespace, keys));
    let commands = std::iter::once(create).chain(index).collect();
    vec![Need { action: Action::CreateTimeSeries, commands }]
}

fn changes_of_time_series(
    namespace: &Namespace,
    found: &Found,
    wanted: &TimeSeries,
    indexes: &[Document],
) -> Vec<Need> {
    let Some(found) = &found.time_series else {
        return vec![conflict(
            "is no time-series collection, and cannot become one; rename or drop it",
        )];
    };
    let options = time_series_options(wanted);
    for key in ["timeField", "metaField"] {
        if found.get(key) != options.get(key) {
            return vec![differs(key, found, &options)];
        }
    }
    let mut needs = Vec::new();
    if found.get("granularity") != options.get("granularity") {
        let steps = coarser(found.get_str("granularity").unwrap_or_default(), wanted.granularity);
        if steps.is_empty() {
            return vec![differs("granularity", found, &options)];
        }
        let change = |step: &Granularity| {
            let step = doc! { "granularity": step.as_str() };
            doc! { "collMod": namespace.collection(), "timeseries": step }
        };
        needs.push(Need {
            action: Action::SetGranularity(wanted.granularity),
            commands: steps.iter().map(change).collect(),
        });
    }
    if let Some(keys) = index_of(wanted).filter(|keys| !indexes.contains(keys)) {
        needs.push(Need {
            action: Action::CreateIndex,
            commands: vec![create_index(namespace, keys)],
        });
    }
    needs
}

fn differs(key: &str, found: &Document, wanted: &Document) -> Need {
    let text =
        |options: &Document| options.get(key).map_or_else(|| "none".to_owned(), Bson::to_string);
    conflict(format!("has the `{key}` {}, and the class {}", text(found), text(wanted)))
}

/// From one granularity to a coarser one, which MongoDB takes one step at a time. There is no way
/// back.
fn coarser(found: &str, wanted: Granularity) -> Vec<Granularity> {
    let all = [Granularity::Seconds, Granularity::Minutes, Granularity::Hours];
    let place = |word: &str| all.iter().position(|granularity| granularity.as_str() == word);
    let (Some(from), Some(to)) = (place(found), place(wanted.as_str())) else { return Vec::new() };
    all.get(from + 1..=to).map(<[_]>::to_vec).unwrap_or_default()
}

/// By source, then by time. Without a source the collection is in the order of time as it is.
fn index_of(options: &TimeSeries) -> Option<Document> {
    let meta = options.meta.as_deref()?;
    Some(doc! { meta: 1, &*options.time: 1 })
}

fn create_index(namespace: &Namespace, keys: Document) -> Document {
    let name: Vec<String> = keys.keys().map(|key| format!("{key}_1")).collect();
    let index = doc! { "key": keys, "name": name.join("_") };
    doc! { "createIndexes": namespace.collection(), "indexes": [index] }
}

fn validator_of(class: &ClassDocument) -> Result<Document, StoreError> {
    let validator = Bson::try_from(class.to_validator());
    match validator.map_err(|error| StoreError::Record(error.to_string()))? {
        Bson::Document(validator) => Ok(validator),
        _ => Err(StoreError::Record("a validator is a document".to_owned())),
    }
}
