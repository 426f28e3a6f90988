//! `POST …/app/{app}/functions/call`: functions of the app, and its data sources as services.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Request, State},
};
use bson::Bson;
use serde::Deserialize;
use serde_json::Value;

use super::{acting::acting, body, login::access_to};
use crate::{
    apps::App,
    documents::{Argument, Collection, DocumentsError, run},
    ejson,
    error::ApiError,
    functions::{Caller, RunAs},
    gateway::Gateway,
};

/// A document of 16 MiB in extended JSON, or many small ones.
const MAX_BODY_BYTES: usize = 32 * 1024 * 1024;

#[derive(Deserialize)]
struct Call {
    name: String,
    #[serde(default)]
    service: Option<String>,
    #[serde(default)]
    arguments: Vec<Value>,
}

pub(super) async fn call(
    State(gateway): State<Gateway>,
    app: Arc<App>,
    mut caller: Caller,
    request: Request,
) -> Result<Json<Value>, ApiError> {
    let (mut parts, body) = request.into_parts();
    let access = access_to(&app, &mut parts, &gateway).await?;
    caller.user = gateway.auth().known(&access).await?;
    let mut reservation = gateway.in_flight().reservation(app.domain_id, access.user_id);
    reservation.grow_to(body::length(&parts.headers, MAX_BODY_BYTES))?;
    let bytes = body::bytes(&parts.headers, body, MAX_BODY_BYTES).await?;
    let Call { name, service, arguments } = body::parse(&bytes)?;
    let arguments = arguments.into_iter().map(extended).collect::<Result<Vec<_>, _>>()?;
    let answer = match service.filter(|service| !service.is_empty()) {
        None => {
            let functions = gateway.functions();
            functions.check_call(&app, &name, &arguments, &caller).await?;
            let caller = match app.config.function(&name).map(RunAs::from) {
                Some(run_as) => acting(&gateway, &app, run_as, &arguments, caller, true).await?,
                None => caller,
            };
            functions.call(&app, &name, arguments, &caller).await?
        }
        Some(service) => {
            let argument = Argument::new(arguments.into_iter().next().unwrap_or_default())?;
            let collection = Collection::open(
                gateway.store(),
                gateway.functions(),
                &app,
                &caller,
                &service,
                &argument,
            );
            run(&collection.await?, &name, &argument).await?
        }
    };
    Ok(Json(ejson::canonical(answer)))
}

/// A browser's way to ask for a stream of changes, which the gateway does not have.
pub(super) async fn watch(app: Arc<App>) -> ApiError {
    tracing::debug!(app = app.client_app_id, "a client asked to watch a collection");
    DocumentsError::Watch.into()
}

fn extended(value: Value) -> Result<Bson, ApiError> {
    ejson::to_bson(value).map_err(|error| ApiError::BadRequest(error.to_string()))
}
