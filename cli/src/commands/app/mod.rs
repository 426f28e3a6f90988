//! `asymmetric app`: whole app directories, with the flags that people know from `appservices`.

mod confirm;
mod create;
mod diff;
mod import_users;
mod known;
mod layout;
mod list;
mod meta;
mod pull;
mod push;
mod template;

use std::path::PathBuf;

use asymmetric_schema_gen::AppFiles;
use clap::{Args, Subcommand};

use crate::{exit::Exit, failure::Failure, server::ServerArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write the files of an app on a server into a directory
    Pull(pull::PullArgs),
    /// Make the files of a directory an app on a server
    ///
    /// Shows what changes and asks before it does that. Ends with 2 if `--dry-run` shows anything.
    Push(push::PushArgs),
    /// Show what a push would change
    ///
    /// Ends with 2 if something differs.
    Diff(diff::DiffArgs),
    /// Make an app on a server, and its directory
    ///
    /// `--template ingest` makes one that devices can write to as soon as it has schemas, which
    /// `asymmetric schema push` brings.
    Create(Box<create::CreateArgs>),
    /// List the apps of a project
    List(list::ListArgs),
    /// Bring users of another server, who keep their ids
    ///
    /// Repeating it is safe: users who are there stay as they are. Passwords cannot be brought:
    /// owners of e-mail addresses reset theirs, unless the file gives a user a `password`.
    ImportUsers(import_users::ImportUsersArgs),
}

/// Which app, here and there.
#[derive(Clone, Debug, Args)]
pub(crate) struct AppArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// The app directory
    #[arg(long, value_name = "DIR", default_value = ".")]
    local: PathBuf,
    /// The app on the server: its client app id or name [default: what the directory says]
    #[arg(long, short = 'a', visible_alias = "app", value_name = "APP", env = "ASYMMETRIC_APP")]
    remote: Option<String>,
}

impl AppArgs {
    /// The app on the server that is meant.
    fn remote(&self) -> Result<String, Failure> {
        match &self.remote {
            Some(app) => Ok(app.clone()),
            None => self.read().map(|(_, app)| app),
        }
    }

    /// The files of the app directory, and the app on the server that is meant.
    fn read(&self) -> Result<(AppFiles, String), Failure> {
        let files = AppFiles::read(&self.local)?;
        if !layout::is_app(&files) {
            let message = format!("`{}` is no app directory", self.local.display());
            return Err(Failure::from(message).hint(
                "an app directory has a `root_config.json`; name one by --local, or write one by \
                 `asymmetric schema export` or `asymmetric app pull`",
            ));
        }
        let told = || layout::client_app_id(&files).or_else(|| layout::name(&files));
        let remote = self.remote.clone().or_else(told);
        let remote = remote.ok_or_else(|| {
            Failure::from("the app on the server is not named").hint("give --remote APP")
        })?;
        Ok((files.without_identity(), remote))
    }
}

/// Runs a command on apps.
pub(crate) fn run(command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Pull(args) => pull::run(&args),
        Command::Push(args) => push::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Create(args) => create::run(&args),
        Command::List(args) => list::run(&args),
        Command::ImportUsers(args) => import_users::run(&args),
    }
}
