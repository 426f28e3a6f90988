//! Drafts: changes that are served together.

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    AdminClient, AdminError, App,
    client::{Body, unexpected},
};

/// An open draft. Whatever is changed is drafted until it is deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    id: String,
}

/// How far a deployment is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeploymentStatus {
    /// It goes on.
    Pending,
    /// The changes are served.
    Successful,
    /// The changes are not served.
    Failed {
        /// What the server says about it.
        message: String,
    },
}

impl AdminClient {
    /// Begins a draft; `None` if the server has none and changes are served one by one.
    ///
    /// # Errors
    ///
    /// A draft of other changes is open: [`AdminError::DraftExists`].
    pub async fn begin_draft(&mut self, app: &App) -> Result<Option<Draft>, AdminError> {
        let path = app.path("/drafts");
        match self.json(Method::POST, &path, Body::Json(&json!({}))).await {
            Ok(answer) => {
                let id = answer.get("_id").and_then(Value::as_str).map(str::to_owned);
                let id = id.ok_or_else(|| unexpected(&Method::POST, &path, "it has no id"))?;
                Ok(Some(Draft { id }))
            }
            Err(AdminError::Refused { status: 409, .. }) => Err(AdminError::DraftExists),
            Err(error) if error.is_missing() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The draft that is open, if there is one.
    ///
    /// # Errors
    ///
    /// The server refuses, or cannot be reached.
    pub async fn open_draft(&mut self, app: &App) -> Result<Option<Draft>, AdminError> {
        let answer = self.json(Method::GET, &app.path("/drafts"), Body::None).await?;
        let id = answer.get(0).and_then(|draft| draft.get("_id")?.as_str());
        Ok(id.map(|id| Draft { id: id.to_owned() }))
    }

    /// Throws the drafted changes away.
    ///
    /// # Errors
    ///
    /// The server refuses, or cannot be reached.
    pub async fn discard_draft(&mut self, app: &App, draft: &Draft) -> Result<(), AdminError> {
        let path = app.path(&format!("/drafts/{}", draft.id));
        self.json(Method::DELETE, &path, Body::None).await.map(drop)
    }

    /// Deploys the drafted changes, and returns the id of the deployment.
    ///
    /// # Errors
    ///
    /// The server refuses, or cannot be reached.
    pub async fn deploy_draft(
        &mut self,
        app: &App,
        draft: &Draft,
        name: &str,
    ) -> Result<String, AdminError> {
        let path = app.path(&format!("/drafts/{}/deployment", draft.id));
        let answer = self.json(Method::POST, &path, Body::Json(&json!({ "name": name }))).await?;
        let id = answer.get("_id").and_then(Value::as_str).map(str::to_owned);
        id.ok_or_else(|| unexpected(&Method::POST, &path, "it has no id"))
    }

    /// How far a deployment is.
    ///
    /// # Errors
    ///
    /// The server refuses, or cannot be reached.
    pub async fn deployment(
        &mut self,
        app: &App,
        id: &str,
    ) -> Result<DeploymentStatus, AdminError> {
        let answer =
            self.json(Method::GET, &app.path(&format!("/deployments/{id}")), Body::None).await?;
        let text = |key: &str| answer.get(key).and_then(Value::as_str).unwrap_or_default();
        Ok(match text("status") {
            "successful" => DeploymentStatus::Successful,
            "created" | "pending" => DeploymentStatus::Pending,
            other => {
                let message = match text("status_error_message") {
                    "" => other,
                    message => message,
                };
                DeploymentStatus::Failed { message: message.to_owned() }
            }
        })
    }
}
