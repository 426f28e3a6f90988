//! Flags of the App Services CLI that mean nothing here, or nothing else than what is done anyway.
//! Scripts that have them go on working, or are told why not. The help does not show them:
//! `docs/schemas.md` lists them.

use clap::Args;

use crate::{exit::Exit, failure::Failure};

/// Parts of an app that the App Services CLI leaves out unless it is asked for them.
#[derive(Clone, Debug, Args)]
pub(super) struct Inclusions {
    /// Nothing: a `package.json` travels with the files of the app, always
    #[arg(long, hide = true)]
    include_package_json: bool,
    /// Nothing: hosted files travel with the files of the app, always
    #[arg(long, short = 's', hide = true)]
    include_hosting: bool,
    /// Refused: functions of a gateway use no packages, and `node_modules` stays where it is
    #[arg(long, alias = "include-dependencies", hide = true)]
    include_node_modules: bool,
}

impl Inclusions {
    /// Refuses what cannot be done.
    pub(super) fn check(&self) -> Result<(), Failure> {
        if self.include_node_modules {
            return refused("--include-node-modules", "functions of a gateway use no packages");
        }
        Ok(())
    }
}

/// Flags of `push` alone.
#[derive(Clone, Debug, Args)]
pub(super) struct PushFlags {
    /// Refused: there is no network of caches in front of a gateway
    #[arg(long, short = 'c', hide = true)]
    reset_cdn_cache: bool,
}

impl PushFlags {
    /// Refuses what cannot be done.
    pub(super) fn check(&self) -> Result<(), Failure> {
        if self.reset_cdn_cache {
            return refused("--reset-cdn-cache", "there are no caches in front of a gateway");
        }
        Ok(())
    }
}

/// Flags of `pull` alone.
#[derive(Clone, Debug, Args)]
pub(super) struct PullFlags {
    /// Refused: client code of templates was on servers of MongoDB
    #[arg(long, short, value_name = "ID", hide = true)]
    template: Option<String>,
}

impl PullFlags {
    /// Refuses what cannot be done.
    pub(super) fn check(&self) -> Result<(), Failure> {
        if self.template.is_some() {
            return refused("--template", "client code of templates was on servers of MongoDB");
        }
        Ok(())
    }
}

/// Flags of `create` for data sources of other kinds.
#[derive(Clone, Debug, Args)]
pub(super) struct OtherSources {
    /// Refused: a gateway has one store; write `--cluster`
    #[arg(long, value_name = "NAME", hide = true)]
    serverless_instance: Vec<String>,
    /// Refused, as `--serverless-instance`
    #[arg(long, value_name = "NAME", hide = true)]
    serverless_instance_service_name: Vec<String>,
    /// Refused: a gateway serves no federated databases
    #[arg(long, value_name = "NAME", hide = true)]
    federated_database: Vec<String>,
    /// Refused, as `--federated-database`
    #[arg(long, value_name = "NAME", hide = true)]
    federated_database_service_name: Vec<String>,
}

impl OtherSources {
    /// Refuses what cannot be done.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let Self { serverless_instance: a, serverless_instance_service_name: b, .. } = self;
        if !a.is_empty() || !b.is_empty() {
            let why = "all data sources of a gateway are its one store: name it by --cluster";
            return refused("--serverless-instance", why);
        }
        let Self { federated_database: a, federated_database_service_name: b, .. } = self;
        if !a.is_empty() || !b.is_empty() {
            return refused("--federated-database", "a gateway serves no federated databases");
        }
        Ok(())
    }
}

fn refused(flag: &str, why: &str) -> Result<(), Failure> {
    let message = format!("`{flag}` cannot be done: {why}");
    Err(Failure::new(Exit::Usage, message).hint("leave it out"))
}
