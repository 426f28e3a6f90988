//! Whole apps in and out: `/export`, `/import`, `/pull`, `/push`.
//!
//! As a zip an app is what it is in a directory, byte for byte. As JSON it is a document that older
//! clients speak; files that the document has no place for are left as they are.

use asymmetric_schema::IDENTITY_FOLDER;
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;

use super::{AppBody, Asked, Caller, Done, Refusal, Target, deployments, edit};
use crate::{
    apps::{AppConfig, AppFiles, ReadError, archive, document, state::EditError},
    error::ApiError,
    gateway::Gateway,
};

/// The app as a zip. What it is made from is in memory already.
async fn zip(name: &str, files: AppFiles) -> Result<Response, ApiError> {
    let packed = tokio::task::spawn_blocking(move || archive::pack(&files)).await;
    let packed = packed.map_err(|_| ApiError::ShuttingDown)?;
    let packed = packed.map_err(|error| ApiError::BadRequest(error.to_string()))?;
    let now = bson::DateTime::now().timestamp_millis() / 1000;
    let disposition = format!("attachment; filename=\"{name}_{now}.zip\"");
    let mut response = packed.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    Ok(response)
}

pub(super) async fn export(caller: Caller, app: Target) -> Result<Response, ApiError> {
    zip(&app.app.config.settings.name, app.files(caller.user_id).0.clone()).await
}

pub(super) async fn pull(
    caller: Caller,
    app: Target,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (files, config) = app.files(caller.user_id);
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    if accept.is_some_and(|accept| accept.contains("application/zip")) {
        return zip(&config.settings.name, files.clone()).await;
    }
    Ok(Json(document::of(files, config)).into_response())
}

/// The files that a body describes.
async fn files_of(body: AppBody, current: &AppFiles) -> Result<AppFiles, ApiError> {
    let AppBody { zip, bytes } = body;
    if zip {
        let unpacked = tokio::task::spawn_blocking(move || archive::unpack(&bytes)).await;
        let unpacked = unpacked.map_err(|_| ApiError::ShuttingDown)?;
        let mut files = unpacked.map_err(|error| Refusal::invalid(error.to_string()))?;
        keep_identity(&mut files, current).map_err(EditError::from)?;
        return Ok(files);
    }
    let document: Value =
        serde_json::from_slice(&bytes).map_err(|error| ApiError::BadRequest(error.to_string()))?;
    document::files(&document, current).map_err(|error| Refusal::invalid(error.to_string()).into())
}

/// Which app this is stays: the files that come may be those of another.
fn keep_identity(files: &mut AppFiles, current: &AppFiles) -> Result<(), ReadError> {
    let theirs = files.below(IDENTITY_FOLDER);
    let theirs: Vec<String> = theirs.map(|(path, _)| format!("{IDENTITY_FOLDER}{path}")).collect();
    for path in &theirs {
        files.remove(path);
    }
    current.below(IDENTITY_FOLDER).try_for_each(|(path, bytes)| {
        files.insert(&format!("{IDENTITY_FOLDER}{path}"), bytes.clone())
    })
}

/// Puts an app in place as a whole: into the draft, if there is one.
async fn put_in_place(
    gateway: &Gateway,
    caller: &Caller,
    app: &Target,
    files: AppFiles,
) -> Result<(), ApiError> {
    let config = AppConfig::of(&files).map_err(EditError::from)?;
    let missing = app.app.secrets.missing(&config.secret_names()).join("`, `");
    if !missing.is_empty() {
        let message = format!("there is no secret `{missing}`; create it before what uses it");
        return Err(Refusal::invalid(message).into());
    }
    edit(gateway, caller, app, |edit| {
        edit.files = files.clone();
        if !edit.drafting {
            edit.state.deployed(Some(caller.user_id), "cli", "", None);
        }
        Ok(())
    })
    .await?;
    Ok(())
}

pub(super) async fn import(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    asked: Asked,
    body: AppBody,
) -> Result<Response, ApiError> {
    let current = app.files(caller.user_id).0;
    let files = files_of(body, current).await?;
    if asked.is("diff", "true") {
        AppConfig::of(&files).map_err(EditError::from)?;
        return Ok(Json(deployments::diffs(current, &files)).into_response());
    }
    put_in_place(&gateway, &caller, &app, files).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(super) async fn push(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    body: AppBody,
) -> Done {
    let files = files_of(body, app.files(caller.user_id).0).await?;
    put_in_place(&gateway, &caller, &app, files).await?;
    Ok(StatusCode::NO_CONTENT)
}
