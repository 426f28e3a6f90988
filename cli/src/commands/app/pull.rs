//! `asymmetric app pull`.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use asymmetric_schema_gen::{AppFiles, admin::App};
use clap::Args;

use super::{
    known::{Inclusions, PullFlags},
    layout, meta,
};
use crate::{
    exit::Exit,
    failure::Failure,
    server::{ServerArgs, block_on},
};

#[derive(Debug, Args)]
pub(crate) struct PullArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// Directory to write to [default: the name of the app]
    #[arg(long, value_name = "DIR")]
    local: Option<PathBuf>,
    /// The app on the server: its client app id or name
    #[arg(long, short = 'a', visible_alias = "app", value_name = "APP", env = "ASYMMETRIC_APP")]
    remote: String,
    /// Only list what would be written; ends with 2 if that is anything
    #[arg(long, short = 'x')]
    dry_run: bool,
    /// Write into a directory that is no app as well
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    inclusions: Inclusions,
    #[command(flatten)]
    flags: PullFlags,
}

pub(super) fn run(args: &PullArgs) -> Result<Exit, Failure> {
    args.inclusions.check()?;
    args.flags.check()?;
    let (app, files) = block_on(async {
        let mut session = args.server.log_in().await?;
        let app = session.app(&args.remote).await?;
        let files = session.client.export(&app).await?;
        Ok((app, files))
    })?;
    let directory = args.local.clone().unwrap_or_else(|| app.name.clone().into());
    write(&app, &files, &directory, args.dry_run, args.yes)
}

/// The files of a directory that an app may be written to: that of an app, or an empty one.
pub(super) fn place(directory: &Path, yes: bool) -> Result<AppFiles, Failure> {
    let present = if directory.exists() { AppFiles::read(directory)? } else { AppFiles::default() };
    if !present.is_empty() && !layout::is_app(&present) && !yes {
        let message = format!("`{}` is not empty, and no app", directory.display());
        return Err(Failure::from(message).hint("add --yes, or name another by --local"));
    }
    Ok(present)
}

/// Writes an app into a directory.
pub(super) fn write(
    app: &App,
    files: &AppFiles,
    directory: &Path,
    dry_run: bool,
    yes: bool,
) -> Result<Exit, Failure> {
    let present = place(directory, yes)?;
    let files = &files.clone().without_identity();
    let mut out = anstream::stdout().lock();
    let differing = files.iter().filter(|(path, content)| present.get(path) != Some(content));
    let differing: Vec<&str> = differing.map(|(path, _)| path).collect();
    differing.iter().try_for_each(|path| writeln!(out, "{path}"))?;
    if dry_run {
        return Ok(if differing.is_empty() { Exit::Success } else { Exit::Differs });
    }
    files.write(directory)?;
    meta::write(directory, files, app)?;
    writeln!(out, "{} is in {}", app.client_app_id, directory.display())?;
    out.flush()?;
    Ok(Exit::Success)
}
