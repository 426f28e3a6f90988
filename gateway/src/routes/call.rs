//! `POST …/app/{app}/functions/call`: how many documents a collection holds.
//!
//! Asymmetric objects are not read through a gateway. A development app is told how many have
//! arrived, by the `count` of the remote MongoDB service, so that a program can see its own work.

use std::sync::Arc;

use axum::{
    Json,
    body::{Body, to_bytes},
    extract::State,
};
use bson::RawDocument;
use futures_util::TryStreamExt;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    Namespace, apps::App, auth::Access, error::ApiError, gateway::Gateway, store::StoreError,
};

const MAX_BODY_BYTES: usize = 64 * 1024;
/// The name that App Services gives to a linked cluster.
const SERVICE: &str = "mongodb-atlas";

#[derive(Deserialize)]
struct Call {
    name: String,
    #[serde(default)]
    service: String,
    #[serde(default)]
    arguments: Vec<Value>,
}

#[derive(Deserialize)]
struct Count {
    database: String,
    collection: String,
    /// Properties of the document itself, and the strings they must hold.
    #[serde(default)]
    query: Map<String, Value>,
}

pub(super) async fn call(
    State(gateway): State<Gateway>,
    app: Arc<App>,
    access: Access,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    if access.domain_id != app.domain_id {
        return Err(ApiError::OtherApp);
    }
    let body = to_bytes(body, MAX_BODY_BYTES)
        .await
        .map_err(|_| ApiError::TooLarge { limit: MAX_BODY_BYTES })?;
    let Call { name, service, arguments } = parse(serde_json::from_slice(&body))?;
    if !app.development || (name.as_str(), service.as_str()) != ("count", SERVICE) {
        return Err(ApiError::NoFunction(name));
    }
    let argument = arguments.into_iter().next().unwrap_or_default();
    let count: Count = parse(serde_json::from_value(argument))?;
    let namespace = Namespace::for_clients(&count.database, &count.collection)
        .map_err(|error| ApiError::BadRequest(error.to_string()))?;
    let found = if count.query.is_empty() {
        gateway.store().count(&namespace).await.map_err(ApiError::Store)?
    } else {
        let wanted = strings(&count.query)?;
        count_matching(&gateway, &namespace, &wanted).await.map_err(ApiError::Store)?
    };
    Ok(Json(json!({ "$numberLong": found.to_string() })))
}

fn parse<T>(parsed: serde_json::Result<T>) -> Result<T, ApiError> {
    parsed.map_err(|error| ApiError::BadRequest(error.to_string()))
}

fn strings(query: &Map<String, Value>) -> Result<Vec<(&str, &str)>, ApiError> {
    query
        .iter()
        .map(|(name, value)| match value.as_str() {
            Some(text) if !name.starts_with('$') => Ok((name.as_str(), text)),
            _ => Err(ApiError::BadRequest(format!("`{name}` can only be compared with a string"))),
        })
        .collect()
}

async fn count_matching(
    gateway: &Gateway,
    namespace: &Namespace,
    wanted: &[(&str, &str)],
) -> Result<u64, StoreError> {
    let matches = |document: &RawDocument| {
        wanted.iter().all(|(name, text)| document.get_str(name).is_ok_and(|found| found == *text))
    };
    gateway
        .store()
        .find(namespace)
        .try_fold(0, |count, document| async move { Ok(count + u64::from(matches(&document))) })
        .await
}
