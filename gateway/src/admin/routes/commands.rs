//! `/services/{serviceId}/commands`: what documents that are there say about schemas.

use std::collections::BTreeMap;

use axum::extract::State;
use bson::{Bson, Document};
use futures_util::{TryStreamExt, future::ready};
use serde_json::{Value, json};

use super::{
    Answer, Caller, JsonBody, Object, Parameters, Refusal, Target, answer, services, text,
};
use crate::{
    Namespace,
    admin::infer::Shape,
    error::ApiError,
    gateway::Gateway,
    store::{Find, StoreError},
    validate::{NullRules, Validator},
};

/// Documents that are looked at, unless the request says how many, and at most.
const SAMPLE: u64 = 500;
const MAX_SAMPLE: u64 = 50_000;
/// Ids that are told of documents with the same fault.
const MAX_IDS: usize = 100;

/// The collection that a body names, of a service that is there.
fn namespace(
    caller: &Caller,
    app: &Target,
    parameters: &Parameters,
    body: &Object,
) -> Result<Namespace, ApiError> {
    let (_, config) = app.files(caller.user_id);
    services::find(&config.data_sources, &app.state, parameters.id("serviceId"))?;
    let (database, collection) = (text(body, "database_name")?, text(body, "collection_name")?);
    Namespace::for_clients(database, collection)
        .map_err(|error| Refusal::invalid(error.to_string()).into())
}

/// A query that cannot be answered is the fault of whoever asks.
fn told(error: StoreError) -> ApiError {
    match error {
        StoreError::Query(_) | StoreError::Sort(_) => Refusal::invalid(error.to_string()).into(),
        error => ApiError::Store(error),
    }
}

fn limit(body: &Object, default: u64) -> u64 {
    body.get("limit").and_then(Value::as_u64).unwrap_or(default).clamp(1, MAX_SAMPLE)
}

/// An object of extended JSON.
fn document(body: &Object, key: &str) -> Result<Document, ApiError> {
    match body.get(key).cloned().map(Bson::try_from) {
        None | Some(Ok(Bson::Null)) => Ok(Document::new()),
        Some(Ok(Bson::Document(document))) => Ok(document),
        Some(_) => Err(Refusal::invalid(format!("`{key}` is no object")).into()),
    }
}

pub(super) async fn generate_schema(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    parameters: Parameters,
    JsonBody(body): JsonBody<Object>,
) -> Answer {
    let namespace = namespace(&caller, &app, &parameters, &body)?;
    let find = Find { limit: Some(limit(&body, SAMPLE)), ..Find::default() };
    let shape = gateway.store().search(&namespace, find);
    let shape = shape.try_fold(Shape::default(), |mut shape, document| {
        shape.document(&document);
        ready(Ok(shape))
    });
    let shape = shape.await.map_err(told)?;
    answer(json!({ "schema": shape.class(namespace.collection()) }))
}

/// Documents with the same fault.
#[derive(Default)]
struct Failed {
    count: u64,
    ids: Vec<Bson>,
}

pub(super) async fn validate_documents(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    parameters: Parameters,
    JsonBody(body): JsonBody<Object>,
) -> Answer {
    let namespace = namespace(&caller, &app, &parameters, &body)?;
    let schema = body.get("from_schema").ok_or_else(|| Refusal::lacks("from_schema"))?;
    let nulls = NullRules {
        optional_properties: app.state.stored.null_type_schema_validation,
        ..NullRules::INGEST
    };
    let validator = Validator::compile(schema, nulls);
    let validator = validator.map_err(|error| Refusal::invalid(error.to_string()))?;
    let find = Find {
        filter: document(&body, "query")?,
        sort: document(&body, "sort")?,
        limit: Some(limit(&body, MAX_SAMPLE / 5)),
        skip: 0,
    };
    let (mut processed, mut wrong) = (0_u64, 0_u64);
    let mut failures: BTreeMap<(&str, String), Failed> = BTreeMap::new();
    let mut documents = gateway.store().search(&namespace, find);
    while let Some(found) = documents.try_next().await.map_err(told)? {
        processed += 1;
        let Err(violations) = validator.validate(&found) else { continue };
        wrong += 1;
        let id = found.get("_id").ok().flatten().and_then(|id| Bson::try_from(id).ok());
        for violation in violations.iter() {
            let root = "(root)";
            let field = match violation.path.as_str() {
                "" => root.to_owned(),
                path => format!("{root}.{path}"),
            };
            let failed = failures.entry((violation.code.as_str(), field)).or_default();
            failed.count += 1;
            if failed.ids.len() < MAX_IDS {
                failed.ids.extend(id.clone());
            }
        }
    }
    let errors = failures.into_iter().map(|((code, field), failed)| {
        let ids = Bson::Array(failed.ids).into_canonical_extjson();
        json!({
            "error_code": code,
            "error_count": failed.count,
            "field": field,
            "failed_ids": ids,
            "failed_documents_query": { "_id": { "$in": ids } },
        })
    });
    answer(json!({
        "errors": errors.collect::<Vec<_>>(),
        "total_processed_count": processed,
        "total_error_count": wrong,
    }))
}
