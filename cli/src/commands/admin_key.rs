//! `asymmetric admin-key`: keys to the Admin API that are kept in the store.

use std::io::Write as _;

use asymmetric_gateway::{AdminKeyError, AdminKeys};
use clap::{Args, Subcommand};

use crate::{commands::on_runtime, exit::Exit, failure::Failure, store::StoreArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a key, and print it as NAME:SECRET
    ///
    /// It is printed this once: the store keeps a hash. Every gateway on the store takes it from
    /// now on.
    Create(NamedArgs),
    /// List keys: name, and when it was made
    List(ListArgs),
    /// End a key and all its sessions
    Revoke(NamedArgs),
}

#[derive(Debug, Args)]
pub(crate) struct NamedArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// The public part of the key
    name: String,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    store: StoreArgs,
}

/// Runs a command on keys.
pub(crate) fn run(command: Command) -> Result<(), Failure> {
    on_runtime(async {
        let mut out = anstream::stdout();
        match command {
            // The first thing that is done to a store may be this.
            Command::Create(NamedArgs { store, name }) => {
                let keys = AdminKeys::new(store.store.open().await?);
                let secret = keys.create(&name).await.map_err(|error| match error {
                    AdminKeyError::Name(_) => Failure::new(Exit::Usage, error),
                    error => error.into(),
                })?;
                writeln!(out, "{name}:{secret}")?;
            }
            Command::List(ListArgs { store }) => {
                let keys = AdminKeys::new(store.store.open_existing().await?);
                for key in keys.list().await? {
                    let made = key.created_at.try_to_rfc3339_string().unwrap_or_default();
                    writeln!(out, "{}  {made}", key.name)?;
                }
            }
            Command::Revoke(NamedArgs { store, name }) => {
                let keys = AdminKeys::new(store.store.open_existing().await?);
                if !keys.revoke(&name).await? {
                    let failure = Failure::from(format!("there is no key `{name}`"));
                    return Err(failure.hint("`asymmetric admin-key list` prints the names"));
                }
            }
        }
        Ok(())
    })
}
