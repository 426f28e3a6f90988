//! `asymmetric app list`.

use std::io::Write as _;

use clap::Args;

use crate::{
    exit::Exit,
    failure::Failure,
    server::{ServerArgs, block_on},
};

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    server: ServerArgs,
}

pub(super) fn run(args: &ListArgs) -> Result<Exit, Failure> {
    let apps = block_on(async {
        let mut session = args.server.log_in().await?;
        Ok(session.client.apps(&session.project).await?)
    })?;
    let longest = |length: fn(&asymmetric_schema_gen::admin::App) -> usize, heading: &str| {
        apps.iter().map(length).max().unwrap_or(0).max(heading.len())
    };
    let id = longest(|app| app.client_app_id.len(), "Client App ID");
    let project = longest(|app| app.project.len(), "Project ID");
    let mut out = anstream::stdout().lock();
    writeln!(out, "{:id$}  {:project$}  ID", "Client App ID", "Project ID")?;
    for app in &apps {
        writeln!(out, "{:id$}  {:project$}  {}", app.client_app_id, app.project, app.id)?;
    }
    out.flush()?;
    Ok(Exit::Success)
}
