//! `asymmetric app`: whole app directories, with the flags that people know from `appservices`.

mod create;
mod diff;
mod import_users;
mod list;
mod meta;
mod pull;
mod push;

use std::path::PathBuf;

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
    Create(create::CreateArgs),
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
    /// The app on the server: its client app id or name [default: the one that was pulled]
    #[arg(long, short = 'a', visible_alias = "app", value_name = "APP", env = "ASYMMETRIC_APP")]
    remote: Option<String>,
}

impl AppArgs {
    /// The app on the server that is meant.
    fn remote(&self) -> Result<String, Failure> {
        if let Some(app) = &self.remote {
            return Ok(app.clone());
        }
        meta::read(&self.local)?.ok_or_else(|| {
            Failure::from("the app on the server is not named").hint("give --remote APP")
        })
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
