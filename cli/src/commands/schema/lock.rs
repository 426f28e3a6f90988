//! `asymmetric schema lock`.

use std::io::Write as _;

use asymmetric_schema_gen::{merge_lock, write_lock};
use clap::Args;

use super::check::{classes, judge};
use crate::{
    exit::Exit,
    failure::Failure,
    output::{self, Format},
    package::PackageArgs,
    versions,
};

#[derive(Debug, Args)]
pub(crate) struct LockArgs {
    #[command(flatten)]
    package: PackageArgs,
    /// How to print what was accepted
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn run(args: &LockArgs) -> Result<Exit, Failure> {
    let mut all = Vec::new();
    let mut refused = false;
    for report in args.package.reports()? {
        let path = versions::lock_path(&report)?;
        let mut lock = merge_lock(path)?;
        all.push(judge(&lock, &report));
        match lock.accept(&report.realm, &classes(&report)) {
            Ok(_) => write_lock(path, &lock)?,
            Err(_) => refused = true,
        }
    }
    let mut out = anstream::stdout().lock();
    output::print(&all, args.format, &mut out)?;
    out.flush()?;
    if refused {
        let failure = Failure::from("the schema lock refuses what changed, and is as it was");
        return Err(failure.hint(
            "undo it, or allow it with a reason: `asymmetric schema breaking --allow RULE@PLACE \
             --reason …`",
        ));
    }
    Ok(Exit::Success)
}
