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
}

pub(super) fn run(args: &LockArgs, format: Format) -> Result<Exit, Failure> {
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
    output::print(&all, format, &mut out)?;
    out.flush()?;
    if refused {
        let failure = Failure::from("the schema lock refuses what changed, and is as it was");
        return Err(failure.hint(output::how_to_allow(&all)));
    }
    Ok(Exit::Success)
}
