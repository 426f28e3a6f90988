//! What is compiled of an app, once per configuration: the rules and schemas of its collections, and
//! who may call what.

use std::{collections::HashMap, sync::Arc};

use asymmetric_schema::Place;
use bson::{Bson, Document, doc};
use serde_json::Value;

use super::{AppConfig, Collection, Problem};
use crate::{
    rules::{Expression, Rules},
    validate::{NullRules, Validator},
};

/// The rules of an app.
#[derive(Debug, Default)]
pub(crate) struct AppRules {
    collections: HashMap<Place, Compiled>,
    /// By data source: for collections that have no roles of their own.
    defaults: HashMap<String, Rules>,
    /// By the name of a function: what must hold of who calls it, if anything must.
    functions: HashMap<String, Expression>,
    /// The same for the Data API.
    data_api: Option<Expression>,
    /// `values` and `environment`. Secrets are in neither: rules may not ask for them.
    known: Document,
}

#[derive(Debug, Default)]
struct Compiled {
    rules: Rules,
    validator: Option<Arc<Validator>>,
}

impl AppRules {
    /// Compiles everything, and tells every mistake of rules. `nulls` says whether null stands for an
    /// optional property.
    pub(crate) fn compile(config: &AppConfig, nulls: bool, problems: &mut Vec<Problem>) -> Self {
        let nulls = NullRules { optional_properties: nulls, ..NullRules::INGEST };
        let mut rules = Self { known: known_of(config), ..Self::default() };
        let mut compiler = Compiler { problems };
        for source in &config.data_sources {
            let file = format!("data_sources/{}/default_rule.json", source.name);
            if let Some(default) = source.default_rule.as_ref().map(|r| compiler.rules(&file, r)) {
                rules.defaults.insert(source.name.clone(), default);
            }
        }
        for collection in &config.collections {
            let entry = compiler.collection(collection, nulls);
            rules.collections.insert(place_of(collection), entry);
        }
        for (index, function) in config.functions.iter().enumerate() {
            let key = format!("[{index}].can_evaluate");
            let may =
                compiler.condition("functions/config.json", &key, function.can_evaluate.as_ref());
            rules.functions.extend(may.map(|may| (function.name.clone(), may)));
        }
        rules.data_api = compiler.condition(
            "http_endpoints/data_api_config.json",
            "can_evaluate",
            config.data_api.can_evaluate.as_ref(),
        );
        rules
    }

    /// The rules of a collection: its own, if it has roles, or those of its data source.
    pub(crate) fn of(&self, place: &Place) -> Option<&Rules> {
        let own = self.collections.get(place).map(|own| &own.rules);
        own.filter(|rules| rules.has_roles()).or_else(|| self.defaults.get(&place.data_source))
    }

    /// What documents of a collection must be like, if it has a schema.
    pub(crate) fn validator(&self, place: &Place) -> Option<&Arc<Validator>> {
        self.collections.get(place)?.validator.as_ref()
    }

    /// What must hold of who calls a function, if anything must.
    pub(crate) fn of_function(&self, name: &str) -> Option<&Expression> {
        self.functions.get(name)
    }

    /// What must hold of who uses the Data API, if anything must.
    pub(crate) fn of_data_api(&self) -> Option<&Expression> {
        self.data_api.as_ref()
    }

    /// What expressions find of the app: `values` and `environment`.
    pub(crate) const fn known(&self) -> &Document {
        &self.known
    }
}

/// Where the documents of a collection are.
pub(crate) fn place_of(collection: &Collection) -> Place {
    Place {
        data_source: collection.data_source.clone(),
        database: collection.database.clone(),
        collection: collection.name.clone(),
    }
}

fn known_of(config: &AppConfig) -> Document {
    let bson = |value: &Value| Bson::try_from(value.clone()).ok();
    let open = config.values.iter().filter(|(_, value)| !value.from_secret);
    let values: Document =
        open.filter_map(|(name, value)| Some((name.clone(), bson(&value.value)?))).collect();
    let tag = config.settings.environment.as_str();
    let of_tag = config.environments.get(if tag.is_empty() { "no-environment" } else { tag });
    let own: Document = of_tag
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.clone(), bson(value)?)))
        .collect();
    doc! { "values": values, "environment": { "tag": tag, "values": own } }
}

/// Compiles what it can, and collects what is wrong.
struct Compiler<'a> {
    problems: &'a mut Vec<Problem>,
}

impl Compiler<'_> {
    fn problem(&mut self, file: &str, key: &str, what: String, fix: &str) {
        let (file, key, fix) = (file.to_owned(), key.to_owned(), fix.to_owned());
        self.problems.push(Problem { file, key, what, fix });
    }

    fn collection(&mut self, collection: &Collection, nulls: NullRules) -> Compiled {
        let schema = collection.schema.as_ref();
        // What is wrong with a schema is told where classes are compiled.
        let validator = schema.and_then(|schema| Validator::compile(schema, nulls).ok());
        let file = format!("{}rules.json", collection.folder());
        let rules = collection.rules.as_ref().map(|rules| self.rules(&file, rules));
        Compiled { rules: rules.unwrap_or_default(), validator: validator.map(Arc::new) }
    }

    fn rules(&mut self, file: &str, rules: &Value) -> Rules {
        Rules::compile(rules).unwrap_or_else(|error| {
            self.problem(file, "", error.to_string(), "see App Services' rule expressions");
            Rules::default()
        })
    }

    fn condition(&mut self, file: &str, key: &str, value: Option<&Value>) -> Option<Expression> {
        let value = value.filter(|value| !value.is_null())?;
        match Expression::compile(value) {
            Ok(Expression::Constant(true)) => None,
            Ok(expression) => Some(expression),
            Err(error) => {
                self.problem(file, key, error.to_string(), "see App Services' rule expressions");
                None
            }
        }
    }
}
