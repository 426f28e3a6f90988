//! Comparing the collections that are there with those that classes need.

use std::fmt;

use asymmetric_schema::{ClassDocument, TimeSeries};
use bson::{Bson, Document, doc};

use super::json_schema::mongodb_schema;
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

/// Makes what the collections of these classes need; one step per class.
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
        let action = provision_class(store, class, &namespace, options)
            .await
            .map_err(|source| ProvisionError::Store { class: title.clone(), source })?;
        steps.push(Step { class: title, namespace, action });
    }
    Ok(steps)
}

async fn provision_class(
    store: &MongoStore,
    class: &ClassDocument,
    namespace: &Namespace,
    options: Options,
) -> Result<Action, StoreError> {
    let Options { validators, dry_run } = options;
    let validator =
        if validators && class.time_series.is_none() { Some(validator_of(class)?) } else { None };
    let (action, command) = match store.describe(namespace).await? {
        None => {
            let mut create = doc! { "create": namespace.collection() };
            if let Some(validator) = validator {
                create.insert("validator", validator);
            }
            if let Some(time_series) = &class.time_series {
                create.insert("timeseries", time_series_options(time_series));
                (Action::CreateTimeSeries, create)
            } else {
                (Action::Create, create)
            }
        }
        Some(found) => match (difference(&found, class.time_series.as_ref()), validator) {
            (Some(conflict), _) => return Ok(Action::Conflict(conflict)),
            (None, Some(validator)) if found.validator.as_ref() != Some(&validator) => {
                let change = doc! { "collMod": namespace.collection(), "validator": validator };
                (Action::SetValidator, change)
            }
            (None, _) => return Ok(Action::Nothing),
        },
    };
    if !dry_run {
        store.command(namespace, command).await?;
    }
    Ok(action)
}

/// What is there that the class cannot use.
fn difference(found: &Found, wanted: Option<&TimeSeries>) -> Option<String> {
    match (&found.time_series, wanted) {
        (None, None) => None,
        (None, Some(_)) => Some(
            "is no time-series collection, and cannot become one; rename or drop it".to_owned(),
        ),
        (Some(_), None) => Some(
            "is a time-series collection, which the class is not; rename or drop it".to_owned(),
        ),
        (Some(found), Some(wanted)) => {
            let wanted = time_series_options(wanted);
            let differs = |key: &&str| found.get(*key) != wanted.get(*key);
            let key = ["timeField", "metaField", "granularity"].into_iter().find(differs)?;
            let text = |options: &Document| {
                options.get(key).map_or_else(|| "none".to_owned(), Bson::to_string)
            };
            Some(format!("has the `{key}` {}, and the class {}", text(found), text(&wanted)))
        }
    }
}

fn validator_of(class: &ClassDocument) -> Result<Document, StoreError> {
    let schema = mongodb_schema(&class.schema.to_json());
    let schema = Bson::try_from(schema).map_err(|error| StoreError::Record(error.to_string()))?;
    Ok(doc! { "$jsonSchema": schema })
}
