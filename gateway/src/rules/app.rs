//! Rules and schemas of all collections of an app, compiled once.

use std::collections::HashMap;

use super::{CompileError, Rules};
use crate::{
    apps::AppConfig,
    validate::{NullRules, Validator},
};

/// What is compiled of an app's data sources.
#[derive(Debug, Default)]
pub(crate) struct AppRules {
    collections: HashMap<Key, Compiled>,
    /// By data source: for collections that have no roles of their own.
    defaults: HashMap<String, Rules>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    data_source: String,
    database: String,
    collection: String,
}

#[derive(Debug, Default)]
struct Compiled {
    rules: Rules,
    validator: Option<Validator>,
}

/// A mistake, and the file it is in.
#[derive(Debug)]
pub(crate) struct Mistake {
    pub(crate) file: String,
    pub(crate) error: MistakeKind,
}

/// What is wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MistakeKind {
    #[error(transparent)]
    Rule(#[from] CompileError),
    #[error(transparent)]
    Schema(#[from] crate::validate::CompileError),
}

impl AppRules {
    /// Compiles everything and finds all mistakes.
    ///
    /// `nulls` says whether null stands for an optional property.
    pub(crate) fn compile(config: &AppConfig, nulls: bool) -> Result<Self, Vec<Mistake>> {
        let nulls = NullRules { optional_properties: nulls, ..NullRules::INGEST };
        let mut mistakes = Vec::new();
        let mut compiled = Self::default();
        for source in &config.data_sources {
            let Some(rule) = &source.default_rule else { continue };
            match Rules::compile(rule) {
                Ok(rules) => {
                    compiled.defaults.insert(source.name.clone(), rules);
                }
                Err(error) => mistakes.push(Mistake {
                    file: format!("data_sources/{}/default_rule.json", source.name),
                    error: error.into(),
                }),
            }
        }
        for collection in &config.collections {
            let folder = collection.folder();
            let mut entry = Compiled::default();
            match collection.rules.as_ref().map(Rules::compile).transpose() {
                Ok(rules) => entry.rules = rules.unwrap_or_default(),
                Err(error) => mistakes
                    .push(Mistake { file: format!("{folder}rules.json"), error: error.into() }),
            }
            let schema = collection.schema.as_ref();
            match schema.map(|schema| Validator::compile(schema, nulls)).transpose() {
                Ok(validator) => entry.validator = validator,
                Err(error) => mistakes
                    .push(Mistake { file: format!("{folder}schema.json"), error: error.into() }),
            }
            let key = Key::new(&collection.data_source, &collection.database, &collection.name);
            compiled.collections.insert(key, entry);
        }
        if mistakes.is_empty() { Ok(compiled) } else { Err(mistakes) }
    }

    /// The rules of a collection: its own, if it has roles, or those of its data source.
    pub(crate) fn of(&self, data_source: &str, database: &str, collection: &str) -> Option<&Rules> {
        let own = self.collections.get(&Key::new(data_source, database, collection));
        own.map(|own| &own.rules)
            .filter(|rules| rules.has_roles())
            .or_else(|| self.defaults.get(data_source))
    }

    /// What documents of a collection must be like, if it has a schema.
    pub(crate) fn validator(
        &self,
        data_source: &str,
        database: &str,
        collection: &str,
    ) -> Option<&Validator> {
        self.collections.get(&Key::new(data_source, database, collection))?.validator.as_ref()
    }
}

impl Key {
    fn new(data_source: &str, database: &str, collection: &str) -> Self {
        Self {
            data_source: data_source.to_owned(),
            database: database.to_owned(),
            collection: collection.to_owned(),
        }
    }
}
