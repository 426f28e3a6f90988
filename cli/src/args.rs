//! What can be asked of the program.

use clap::{Parser, Subcommand};

use crate::commands::{
    admin_key, app, completions, documents, gateway, man, outbox, rejected, schema,
};

const EXIT_STATUS: &str = "\
Exit status:
  0   It worked
  1   It failed
  2   What was compared differs
  3   The package does not build
  4   The package exports no schemas
  5   The file of a realm is damaged
  6   The file of a realm is in use
  64  The arguments are wrong";

/// Schemas and a gateway for write-only objects on their way to MongoDB
#[derive(Debug, Parser)]
#[command(name = "asymmetric", version, arg_required_else_help = true)]
#[command(after_help = EXIT_STATUS, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Move whole apps between directories and a server
    #[command(subcommand, arg_required_else_help = true, visible_alias = "apps")]
    App(app::Command),
    /// Run a gateway that takes objects from devices
    Gateway(Box<gateway::Options>),
    /// Look into the file of a realm, verify it, take its objects out, save it
    #[command(subcommand, arg_required_else_help = true)]
    Outbox(outbox::Command),
    /// Make, list and revoke keys to the Admin API of gateways
    #[command(subcommand, arg_required_else_help = true)]
    AdminKey(admin_key::Command),
    /// Look at the documents in a store
    #[command(subcommand, arg_required_else_help = true)]
    Documents(documents::Command),
    /// Look at rejected objects, replay or discard them
    #[command(subcommand, arg_required_else_help = true)]
    Rejected(rejected::Command),
    /// Work with the schemas of a package
    #[command(arg_required_else_help = true)]
    Schema(schema::SchemaArgs),
    /// Print completions for a shell
    Completions(completions::Args),
    /// Write the manual pages
    Man(man::Args),
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn arguments_are_consistent() {
        Cli::command().debug_assert();
    }
}
