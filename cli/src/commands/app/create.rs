//! `asymmetric app create`.

use std::path::PathBuf;

use clap::Args;

use super::pull;
use crate::{
    exit::Exit,
    failure::Failure,
    server::{ServerArgs, block_on},
};

#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// Name of the app: a letter, then letters, digits, `-` and `_`
    #[arg(long, short, value_name = "NAME")]
    name: String,
    /// Directory to write to [default: the name of the app]
    #[arg(long, value_name = "DIR")]
    local: Option<PathBuf>,
    /// App to copy: its client app id or name
    #[arg(long, value_name = "APP")]
    remote: Option<String>,
    /// `GLOBAL` or `LOCAL`
    #[arg(long, short, value_name = "MODEL")]
    deployment_model: Option<String>,
    /// Region of the provider
    #[arg(long, value_name = "REGION")]
    provider_region: Option<String>,
    /// `development`, `testing`, `qa` or `production`
    #[arg(long, short, value_name = "ENVIRONMENT")]
    environment: Option<String>,
}

pub(super) fn run(args: &CreateArgs) -> Result<Exit, Failure> {
    let options = [
        ("deployment_model", &args.deployment_model),
        ("provider_region", &args.provider_region),
        ("environment", &args.environment),
    ];
    let options: Vec<(&str, &str)> =
        options.iter().filter_map(|(key, value)| Some((*key, value.as_deref()?))).collect();
    let (app, files) = block_on(async {
        let mut session = args.server.log_in().await?;
        let copied = match &args.remote {
            Some(remote) => {
                let app = session.app(remote).await?;
                Some(session.client.export(&app).await?)
            }
            None => None,
        };
        let project = session.project.clone();
        let app = session.client.create_app(&project, &args.name, &options).await?;
        if let Some(files) = copied {
            session.client.import(&app, &files).await?;
        }
        let files = session.client.export(&app).await?;
        Ok((app, files))
    })?;
    let directory = args.local.clone().unwrap_or_else(|| args.name.clone().into());
    pull::write(&app, &files, &directory, false, false)
}
