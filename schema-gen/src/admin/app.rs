//! The apps of a project.

use reqwest::Method;
use serde_json::{Map, Value, json};

use super::{
    AdminClient, AdminError,
    client::{Body, unexpected},
};

/// An app on a server.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct App {
    /// Its id within the Admin API.
    pub id: String,
    /// Its id for clients.
    pub client_app_id: String,
    /// Its name.
    pub name: String,
    /// Id of its project.
    pub project: String,
}

impl App {
    fn read(value: &Value) -> Option<Self> {
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        Some(Self {
            id: text("_id")?,
            client_app_id: text("client_app_id")?,
            name: text("name")?,
            project: text("group_id")?,
        })
    }

    /// The path of something that belongs to the app.
    pub(super) fn path(&self, rest: &str) -> String {
        format!("/groups/{}/apps/{}{rest}", self.project, self.id)
    }
}

impl AdminClient {
    /// The apps of a project.
    ///
    /// # Errors
    ///
    /// The server refuses, or cannot be reached.
    pub async fn apps(&mut self, project: &str) -> Result<Vec<App>, AdminError> {
        let path = format!("/groups/{project}/apps");
        let answer = self.json(Method::GET, &path, Body::None).await?;
        let apps = answer.as_array().map(|apps| apps.iter().map(App::read).collect());
        apps.flatten().ok_or_else(|| unexpected(&Method::GET, &path, "it is no list of apps"))
    }

    /// The app with this client app id, or else with this name.
    ///
    /// # Errors
    ///
    /// There is none, or several have the name.
    pub async fn app(&mut self, project: &str, app: &str) -> Result<App, AdminError> {
        let all = self.apps(project).await?;
        if let Some(found) = all.iter().find(|known| known.client_app_id == app) {
            return Ok(found.clone());
        }
        let named: Vec<&App> = all.iter().filter(|known| known.name == app).collect();
        match named[..] {
            [only] => Ok(only.clone()),
            _ => Err(AdminError::App {
                app: app.to_owned(),
                found: named.len(),
                all: all.iter().map(|known| known.client_app_id.clone()).collect(),
            }),
        }
    }

    /// Makes an app. Options are those of the Admin API: `deployment_model`, `provider_region`, ….
    ///
    /// # Errors
    ///
    /// The server refuses the name or an option, or cannot be reached.
    pub async fn create_app(
        &mut self,
        project: &str,
        name: &str,
        options: &[(&str, &str)],
    ) -> Result<App, AdminError> {
        let path = format!("/groups/{project}/apps");
        let mut body: Map<String, Value> =
            options.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
        body.insert("name".to_owned(), json!(name));
        let answer = self.json(Method::POST, &path, Body::Json(&body.into())).await?;
        App::read(&answer).ok_or_else(|| unexpected(&Method::POST, &path, "it is no app"))
    }
}
