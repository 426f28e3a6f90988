//! Drafts and deployments.

use axum::extract::State;
use bson::oid::ObjectId;
use serde_json::{Value, json};

use super::{
    Answer, Caller, Created, Done, JsonBody, Object, Parameters, Refusal, Target, answer, created,
    edit, edited,
};
use crate::{
    apps::{
        AppFiles,
        state::{AppState, Deployment, Draft},
    },
    error::ApiError,
    gateway::Gateway,
};

fn draft_missing() -> Refusal {
    Refusal::not_found("DraftNotFound", "draft")
}

fn deployment_missing() -> Refusal {
    Refusal::not_found("DeploymentNotFound", "deployment")
}

/// The draft of this id.
fn draft(state: &AppState, id: Option<ObjectId>) -> Result<&Draft, ApiError> {
    let draft = state.draft.as_ref().filter(|draft| Some(draft.id) == id);
    draft.ok_or_else(|| draft_missing().into())
}

fn shown_draft(state: &AppState, draft: &Draft) -> Value {
    json!({
        "_id": draft.id.to_hex(),
        "user_id": draft.user_id.to_hex(),
        "app": { "_id": state.id.to_hex(), "client_app_id": state.client_app_id },
    })
}

fn shown(state: &AppState, deployment: &Deployment) -> Value {
    let hex = |id: &Option<ObjectId>| id.map_or_else(String::new, ObjectId::to_hex);
    json!({
        "_id": deployment.id.to_hex(),
        "name": deployment.name,
        "app_id": state.id.to_hex(),
        "draft_id": hex(&deployment.draft_id),
        "user_id": hex(&deployment.user_id),
        "deployed_at": deployment.deployed_at.timestamp_millis() / 1000,
        "origin": deployment.origin,
        "commit": "",
        // A change is served before the request that makes it is answered.
        "status": "successful",
        "status_error_message": "",
        "diff_url": "",
        "remote_location": "",
    })
}

pub(super) async fn list_drafts(caller: Caller, app: Target) -> Answer {
    let own = app.state.draft.iter().filter(|draft| draft.user_id == caller.user_id);
    answer(own.map(|draft| shown_draft(&app.state, draft)).collect::<Vec<_>>())
}

pub(super) async fn create_draft(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
) -> Created {
    let id = ObjectId::new();
    let draft = edit(&gateway, &caller, &app, |edit| {
        if edit.state.draft.is_some() {
            let message = "a draft already exists for this app";
            return Err(Refusal::exists("DraftAlreadyExists", message).into());
        }
        let tree = edit.state.live.clone();
        let draft = Draft { id, user_id: caller.user_id, tree };
        let shown = shown_draft(&edit.state, &draft);
        edit.state.draft = Some(draft);
        Ok(shown)
    });
    created(draft.await?)
}

pub(super) async fn discard_draft(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    parameters: Parameters,
) -> Done {
    edited(&gateway, &caller, &app, |edit| {
        draft(&edit.state, parameters.id("draftId"))?;
        edit.state.draft = None;
        // What was drafted is not served.
        edit.keep_live();
        Ok(())
    })
    .await
}

pub(super) async fn deploy_draft(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    parameters: Parameters,
    JsonBody(body): JsonBody<Object>,
) -> Created {
    let name = body.get("name").and_then(Value::as_str).unwrap_or_default();
    let deployment = edit(&gateway, &caller, &app, |edit| {
        let id = draft(&edit.state, parameters.id("draftId"))?.id;
        edit.serve_draft();
        edit.state.draft = None;
        edit.state.deployed(Some(caller.user_id), "cli", name, Some(id));
        let deployment = edit.state.deployments.last().ok_or_else(deployment_missing)?;
        Ok(shown(&edit.state, deployment))
    });
    created(deployment.await?)
}

/// What changes between two apps: one text per file.
pub(super) fn diffs(old: &AppFiles, new: &AppFiles) -> Vec<String> {
    let text = |files: &AppFiles, path: &str| {
        files.get(path).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    };
    let mut paths: Vec<&str> = old.iter().chain(new.iter()).map(|(path, _)| path).collect();
    paths.sort_unstable();
    paths.dedup();
    let mut diffs = Vec::new();
    for path in paths.into_iter().filter(|path| old.get(path) != new.get(path)) {
        let (old, new) = (text(old, path), text(new, path));
        let name = |text: &Option<String>| match text {
            Some(_) => path.to_owned(),
            None => "/dev/null".to_owned(),
        };
        let (from, to) = (name(&old), name(&new));
        let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
        let diff = similar::TextDiff::from_lines(&old, &new);
        diffs.push(diff.unified_diff().header(&from, &to).to_string());
    }
    diffs
}

pub(super) async fn diff_draft(app: Target, parameters: Parameters) -> Answer {
    draft(&app.state, parameters.id("draftId"))?;
    let drafted = app.draft().ok_or_else(draft_missing)?;
    answer(json!({
        "diffs": diffs(&app.app.files, drafted),
        "hosting_files_diff": { "added": [], "deleted": [], "modified": [] },
        "dependencies_diff": { "added": [], "deleted": [], "modified": [] },
        "graphql_config_diff": { "field_diffs": [] },
        "schema_options_diff": { "graphql_validation_diff": {}, "rest_validation_diff": {} },
    }))
}

pub(super) async fn list(app: Target) -> Answer {
    let newest_first = app.state.deployments.iter().rev();
    answer(newest_first.map(|deployment| shown(&app.state, deployment)).collect::<Vec<_>>())
}

fn find(state: &AppState, id: Option<ObjectId>) -> Result<&Deployment, ApiError> {
    let found = state.deployments.iter().find(|deployment| Some(deployment.id) == id);
    found.ok_or_else(|| deployment_missing().into())
}

pub(super) async fn fetch(app: Target, parameters: Parameters) -> Answer {
    answer(shown(&app.state, find(&app.state, parameters.id("deploymentId"))?))
}

pub(super) async fn redeploy(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    parameters: Parameters,
) -> Done {
    let deployment = find(&app.state, parameters.id("deploymentId"))?;
    let files = gateway.apps().files_of(deployment).await.map_err(ApiError::Store)?;
    edited(&gateway, &caller, &app, |edit| {
        if edit.drafting {
            return Err(
                Refusal::exists("DraftAlreadyExists", "discard or deploy the draft first").into()
            );
        }
        edit.files = files.clone();
        edit.state.deployed(Some(caller.user_id), "api", &deployment.name, None);
        Ok(())
    })
    .await
}
