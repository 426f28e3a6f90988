//! `asymmetric app push`.

use std::io::Write as _;

use asymmetric_schema_gen::{
    AppFiles,
    admin::{AdminError, App, Draft},
};
use clap::Args;

use super::{
    AppArgs,
    confirm::confirm,
    diff,
    known::{Inclusions, PushFlags},
    layout, meta,
};
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
    #[arg(long, short = 'n', value_name = "NAME", default_value = "", hide_default_value = true)]
    deployment_name: String,
    #[command(flatten)]
    inclusions: Inclusions,
    #[command(flatten)]
    flags: PushFlags,
}

pub(super) fn run(args: &PushArgs) -> Result<Exit, Failure> {
    args.inclusions.check()?;
    args.flags.check()?;
    block_on(push(args))
}

async fn push(args: &PushArgs) -> Result<Exit, Failure> {
    let (files, remote) = args.app.read()?;
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
    let draft = begin_draft(&mut session, &app, args.yes).await?;
    let changed = session.client.import(&app, &files).await;
    session.end_draft(&app, draft, &args.deployment_name, changed).await?;
    meta::write(&args.app.local, &files, &app)?;
    writeln!(anstream::stdout(), "{} is deployed", app.client_app_id)?;
    Ok(Exit::Success)
}

/// Begins a draft, in the place of one that is open if that may be thrown away.
async fn begin_draft(
    session: &mut Session,
    app: &App,
    yes: bool,
) -> Result<Option<Draft>, Failure> {
    match session.client.begin_draft(app).await {
        Err(AdminError::DraftExists) => {}
        begun => return Ok(begun?),
    }
    let open = session.client.open_draft(app).await?;
    if !confirm("A draft of other changes is open. Discard it?", yes)? {
        return Err(AdminError::DraftExists.into());
    }
    if let Some(open) = open {
        session.client.discard_draft(app, &open).await?;
    }
    Ok(session.client.begin_draft(app).await?)
}

async fn create(
    session: &mut Session,
    files: &AppFiles,
    remote: &str,
    yes: bool,
    missing: AdminError,
) -> Result<App, Failure> {
    let name = layout::name(files).unwrap_or_else(|| remote.to_owned());
    if !confirm(&format!("There is no app {remote}. Create {name}?"), yes)? {
        return Err(missing.into());
    }
    let project = session.project.clone();
    Ok(session.client.create_app(&project, &name, &[]).await?)
}
