//! The server that apps and schemas are pushed to and pulled from.

use std::{future::Future, io};

use asymmetric_schema_gen::admin::{
    AdminClient, AdminError, App, DeploymentStatus, Draft, KeyPair,
};
use clap::Args;
use tokio::time::{Duration, sleep};

use crate::failure::Failure;

/// How often the server is asked how far a deployment is.
const POLL: Duration = Duration::from_millis(500);

/// Which server, and who asks.
#[derive(Clone, Debug, Args)]
pub(crate) struct ServerArgs {
    /// URL of the server's Admin API
    #[arg(long, value_name = "URL", env = "ASYMMETRIC_ADMIN_URL")]
    pub(crate) url: Option<String>,
    /// Public part of the API key
    #[arg(long, value_name = "KEY", env = "ASYMMETRIC_API_KEY", hide_env_values = true)]
    pub(crate) api_key: Option<String>,
    /// Private part of the API key; better given by the variable than on the command line
    #[arg(long, value_name = "KEY", env = "ASYMMETRIC_PRIVATE_API_KEY", hide_env_values = true)]
    pub(crate) private_api_key: Option<String>,
    /// Id of the project [default: the only one that the key belongs to]
    #[arg(long, value_name = "ID")]
    pub(crate) project: Option<String>,
}

/// A session with a server, in a project.
pub(crate) struct Session {
    pub(crate) client: AdminClient,
    pub(crate) project: String,
}

impl ServerArgs {
    /// Logs in.
    pub(crate) async fn log_in(&self) -> Result<Session, Failure> {
        let (Some(url), Some(public), Some(private)) =
            (&self.url, &self.api_key, &self.private_api_key)
        else {
            let failure = Failure::from("the server, or the key to it, is not named");
            return Err(failure.hint(
                "give --url, --api-key and --private-api-key, or set ASYMMETRIC_ADMIN_URL, \
                 ASYMMETRIC_API_KEY and ASYMMETRIC_PRIVATE_API_KEY",
            ));
        };
        let mut client = AdminClient::log_in(url, &KeyPair::new(public, private)).await?;
        let project = match &self.project {
            Some(project) => project.clone(),
            None => client.only_project().await?,
        };
        Ok(Session { client, project })
    }
}

impl Session {
    /// The app with this client app id or name.
    pub(crate) async fn app(&mut self, app: &str) -> Result<App, Failure> {
        Ok(self.client.app(&self.project, app).await?)
    }

    /// Deploys a draft and waits until it is served.
    pub(crate) async fn deploy(
        &mut self,
        app: &App,
        draft: &Draft,
        name: &str,
    ) -> Result<(), Failure> {
        let id = self.client.deploy_draft(app, draft, name).await?;
        loop {
            match self.client.deployment(app, &id).await? {
                DeploymentStatus::Successful => return Ok(()),
                DeploymentStatus::Failed { message } => {
                    return Err(format!("the server did not deploy the changes: {message}").into());
                }
                _ => sleep(POLL).await,
            }
        }
    }

    /// Ends a draft in which changes were made: deploys it, or throws it away if they failed. A
    /// server without drafts served the changes one by one.
    pub(crate) async fn end_draft(
        &mut self,
        app: &App,
        draft: Option<Draft>,
        name: &str,
        changed: Result<(), AdminError>,
    ) -> Result<(), Failure> {
        let Some(draft) = draft else { return Ok(changed?) };
        let deployed = match changed {
            Ok(()) => self.deploy(app, &draft, name).await,
            Err(error) => Err(error.into()),
        };
        if deployed.is_err() {
            // The first failure is the one to tell; the draft may be gone already.
            drop(self.client.discard_draft(app, &draft).await);
        }
        deployed
    }
}

/// Runs a conversation with a server.
pub(crate) fn block_on<T>(future: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime: io::Result<_> = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime?.block_on(future)
}
