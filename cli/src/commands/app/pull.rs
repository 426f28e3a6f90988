//! `asymmetric app pull`.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use asymmetric_schema_gen::{AppFiles, admin::App};
use clap::Args;

use super::meta;
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
}

pub(super) fn run(args: &PullArgs) -> Result<Exit, Failure> {
    let (app, files) = block_on(async {
        let mut session = args.server.log_in().await?;
        let app = session.app(&args.remote).await?;
        let files = session.client.export(&app).await?;
        Ok((app, files))
    })?;
    let directory = args.local.clone().unwrap_or_else(|| app.name.clone().into());
    write(&app, &files, &directory, args.dry_run, args.yes)
}

/// Names of the file that every app directory has, the newest first.
const ROOT_FILES: [&str; 4] =
    ["root_config.json", "realm_config.json", "config.json", "stitch.json"];

/// Writes an app into a directory that is one, or is empty.
pub(super) fn write(
    app: &App,
    files: &AppFiles,
    directory: &Path,
    dry_run: bool,
    yes: bool,
) -> Result<Exit, Failure> {
    let present = if directory.exists() { AppFiles::read(directory)? } else { AppFiles::default() };
    let is_app = ROOT_FILES.iter().any(|name| present.get(name).is_some());
    if !present.is_empty() && !is_app && !yes {
        let message = format!("`{}` is not empty, and no app", directory.display());
        return Err(Failure::from(message).hint("add --yes, or name another by --local"));
    }
    let mut out = anstream::stdout().lock();
    let differing = files.iter().filter(|(path, content)| present.get(path) != Some(content));
    let differing: Vec<&str> = differing.map(|(path, _)| path).collect();
    differing.iter().try_for_each(|path| writeln!(out, "{path}"))?;
    if dry_run {
        return Ok(if differing.is_empty() { Exit::Success } else { Exit::Differs });
    }
    files.write(directory)?;
    meta::write(directory, app)?;
    writeln!(out, "{} is in {}", app.client_app_id, directory.display())?;
    out.flush()?;
    Ok(Exit::Success)
}
