//! A collection, and what the sender of a request may do with it.

use std::sync::Arc;

use asymmetric_schema::Place;
use bson::{Bson, Document, RawDocument, RawDocumentBuf, doc};

use super::{Argument, DocumentsError};
use crate::{
    Namespace, Store,
    apps::App,
    classes::Expressions,
    functions::{Caller, Engine, scope},
    query::{Projection, QueryError},
    rules::{CallError, Filters, NoFunctions, Role, Rules, Scope},
    store::MAX_DOCUMENT_BYTES,
    validate::Validator,
};

/// The name that App Services gives to a linked cluster, and that of the only one that development
/// apps have.
const DEVELOPMENT_SERVICE: &str = "mongodb-atlas";

/// A collection that a request was let in to.
#[derive(Debug)]
pub(crate) struct Collection {
    pub(super) store: Arc<dyn Store>,
    pub(super) namespace: Namespace,
    pub(super) role: Role,
    pub(super) filters: Filters,
    /// Those of the filters: what they leave out is hidden, too.
    pub(super) projections: Vec<Projection>,
    /// Only inserts are served.
    pub(super) asymmetric: bool,
    /// May be counted all the same.
    pub(super) countable: bool,
    /// What documents must be like.
    validator: Option<Arc<Validator>>,
    /// The `validate` expressions of the schema, for this request.
    expressions: Option<Expressions>,
}

impl Collection {
    /// Finds the collection that an argument names, and the role of the caller in it.
    pub(crate) async fn open(
        store: &Arc<dyn Store>,
        functions: &Engine,
        app: &Arc<App>,
        caller: &Caller,
        data_source: &str,
        argument: &Argument,
    ) -> Result<Self, DocumentsError> {
        let known = if app.development {
            data_source == DEVELOPMENT_SERVICE
        } else {
            app.config.data_source(data_source).is_some()
        };
        if !known {
            return Err(DocumentsError::NoService(data_source.to_owned()));
        }
        let (database, name) = (argument.text("database")?, argument.text("collection")?);
        let namespace = Namespace::for_clients(database, name)?;
        let configured = app.config.collection(data_source, database, name);
        let asymmetric =
            app.development || configured.is_some_and(|found| app.config.is_asymmetric(found));
        let place = Place {
            data_source: data_source.to_owned(),
            database: database.to_owned(),
            collection: name.to_owned(),
        };
        let (role, filters) = if app.development || caller.system {
            (Role::unrestricted(), Filters::default())
        } else {
            let selected = select(functions, app, caller, &place).await?;
            selected.ok_or_else(|| DocumentsError::NoRule(namespace.clone()))?
        };
        let expressions = app.classes.expressions(data_source, &namespace);
        let expressions = match expressions {
            Some(expressions) => Some(expressions.bind(&scope(app, caller, &NoFunctions)?)?),
            None => None,
        };
        let projections = filters.projections.iter().map(Projection::compile);
        let projections = projections.collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            projections: projections.into_iter().flatten().collect(),
            store: Arc::clone(store),
            namespace,
            role,
            filters,
            asymmetric,
            countable: app.development,
            expressions,
            validator: app.rules.validator(&place).map(Arc::clone),
        })
    }

    /// Refuses what is only for collections that are not asymmetric.
    pub(super) fn check_ordinary(&self) -> Result<(), DocumentsError> {
        if self.asymmetric {
            Err(DocumentsError::Asymmetric(self.namespace.clone()))
        } else {
            Ok(())
        }
    }

    /// Checks a document that is about to be stored against the schema and the limits.
    pub(super) fn check_document(&self, document: &RawDocument) -> Result<(), DocumentsError> {
        if document.as_bytes().len() > MAX_DOCUMENT_BYTES {
            return Err(DocumentsError::Refused("it is larger than 16 MiB".to_owned()));
        }
        if let Some(Err(violations)) = self.validator.as_ref().map(|own| own.validate(document)) {
            return Err(DocumentsError::Schema(violations.to_string()));
        }
        let expressions = self.expressions.as_ref();
        expressions.map_or(Ok(()), |own| own.check(document)).map_err(DocumentsError::Schema)
    }

    /// A query with what filters and the role add to it, and whether the store then finds nothing
    /// that the role would hide.
    pub(super) fn with_rules(&self, query: Document) -> (Document, bool) {
        let visible = self.role.visible();
        let exact = visible.is_some();
        let parts = std::iter::once(query)
            .chain(self.filters.queries.iter().cloned())
            .chain(visible)
            .filter(|part| !part.is_empty());
        let mut parts: Vec<_> = parts.collect();
        match parts.len() {
            0 => (Document::new(), exact),
            1 => (parts.remove(0), exact),
            _ => (doc! { "$and": parts }, exact),
        }
    }
}

/// The role of the caller, if there is one, and the filters that apply.
async fn select(
    functions: &Engine,
    app: &Arc<App>,
    caller: &Caller,
    place: &Place,
) -> Result<Option<(Role, Filters)>, DocumentsError> {
    let Some(rules) = app.rules.of(place) else { return Ok(None) };
    let selected = if rules.has_calls() {
        let rules = rules.clone();
        functions.with_functions(app, caller, move |scope| picked(&rules, scope)).await?
    } else {
        picked(rules, &scope(app, caller, &NoFunctions)?)
    };
    Ok(selected?)
}

fn picked(rules: &Rules, scope: &Scope<'_>) -> Result<Option<(Role, Filters)>, CallError> {
    let Some(role) = rules.select(scope)? else { return Ok(None) };
    Ok(Some((role, rules.filters(scope)?)))
}

/// Refuses what would run code in MongoDB, and keys that BSON cannot hold.
pub(super) fn check_no_code(document: &Document) -> Result<(), DocumentsError> {
    const CODE: [&str; 3] = ["$where", "$function", "$accumulator"];
    for (key, value) in document {
        if key.contains('\0') {
            return Err(QueryError::Value("a key holds a NUL".to_owned()).into());
        }
        if CODE.contains(&key.as_str()) {
            return Err(QueryError::Operator(key.clone()).into());
        }
        check_value(value)?;
    }
    Ok(())
}

fn check_value(value: &Bson) -> Result<(), DocumentsError> {
    match value {
        Bson::Document(inner) => check_no_code(inner),
        Bson::Array(values) => values.iter().try_for_each(check_value),
        Bson::JavaScriptCode(_) | Bson::JavaScriptCodeWithScope(_) => {
            Err(QueryError::Operator("$code".to_owned()).into())
        }
        _ => Ok(()),
    }
}

/// A document as the store takes it.
pub(super) fn raw(document: &Document) -> Result<RawDocumentBuf, DocumentsError> {
    RawDocumentBuf::try_from(document).map_err(|error| DocumentsError::Argument(error.to_string()))
}
