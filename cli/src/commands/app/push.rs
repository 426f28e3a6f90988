//! `asymmetric app push`.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use asymmetric_schema_gen::{
    AppFiles,
    admin::{AdminError, App},
};
use clap::Args;
use serde_json::Value;

use super::{AppArgs, diff, meta};
use crate::{
    exit::Exit,
    failure::Failure,
    server::{Session, block_on},
};

#[derive(Debug, Args)]
pub(crate) struct PushArgs {
    #[command(flatten)]
    app: AppArgs,
    /// Only show what would change; ends with 2 if anything would
    #[arg(long, short = 'x')]
    dry_run: bool,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Name of the deployment
    #[arg(long, short = 'n', value_name = "NAME", default_value = "")]
    deployment_name: String,
}

pub(super) fn run(args: &PushArgs) -> Result<Exit, Failure> {
    block_on(push(args))
}

async fn push(args: &PushArgs) -> Result<Exit, Failure> {
    let files = AppFiles::read(&args.app.local)?;
    let remote = args.app.remote().or_else(|failure| name(&files).ok_or(failure))?;
    let mut session = args.app.server.log_in().await?;
    let app = match session.client.app(&session.project, &remote).await {
        Err(AdminError::App { found: 0, .. }) if args.dry_run => {
            writeln!(anstream::stdout(), "{remote} would be created")?;
            return Ok(Exit::Differs);
        }
        Err(error @ AdminError::App { found: 0, .. }) => {
            create(&mut session, &files, &remote, args.yes, error).await?
        }
        app => app?,
    };
    let is_same = diff::show(&mut session, &app, &files, &mut anstream::stdout()).await?;
    if is_same || args.dry_run {
        return Ok(if is_same { Exit::Success } else { Exit::Differs });
    }
    if !confirm("Push these changes?", args.yes)? {
        return Err("nothing is pushed".into());
    }
    let draft = session.client.begin_draft(&app).await?;
    let changed = session.client.import(&app, &files).await;
    session.end_draft(&app, draft, &args.deployment_name, changed).await?;
    meta::write(&args.app.local, &app)?;
    writeln!(anstream::stdout(), "{} is deployed", app.client_app_id)?;
    Ok(Exit::Success)
}

async fn create(
    session: &mut Session,
    files: &AppFiles,
    remote: &str,
    yes: bool,
    missing: AdminError,
) -> Result<App, Failure> {
    let name = name(files).unwrap_or_else(|| remote.to_owned());
    if !confirm(&format!("There is no app {remote}. Create {name}?"), yes)? {
        return Err(missing.into());
    }
    let project = session.project.clone();
    Ok(session.client.create_app(&project, &name, &[]).await?)
}

/// The name that the app gives itself.
fn name(files: &AppFiles) -> Option<String> {
    let root: Value = serde_json::from_slice(files.get("root_config.json")?).ok()?;
    root.get("name")?.as_str().map(str::to_owned)
}

/// Asks a person. Where there is none, the answer has to be on the command line.
fn confirm(question: &str, yes: bool) -> Result<bool, Failure> {
    if yes {
        return Ok(true);
    }
    if !io::stdin().is_terminal() {
        return Err(
            Failure::from(format!("{question} Nobody is there to answer")).hint("add --yes")
        );
    }
    let mut out = anstream::stderr();
    write!(out, "{question} [y/N] ")?;
    out.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
