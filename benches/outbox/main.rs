//! The outbox against what else one could write objects to, side by side in one run.
//!
//! `cargo bench -p asymmetric-benches --bench outbox` takes a few minutes and prints the tables
//! that `docs/performance.md` explains. Rivals take turns commit by commit, in another order each
//! time, so that whatever disturbs the machine disturbs all of them.

#![expect(clippy::print_stdout, reason = "tables are what the program is for")]
#![expect(clippy::cast_precision_loss, reason = "three digits are shown")]

mod args;
mod backlog;
mod documents;
mod outbox;
mod rivals;
mod steady;
mod syncs;
mod table;
mod writers;

use std::{env, fs, path::Path, process::Command};

use anyhow::{Context as _, Result};
use clap::Parser as _;

use crate::args::{Args, Part};

/// Set for the process that runs with a real-time priority.
const IS_REAL_TIME: &str = "ASYMMETRIC_BENCH_IS_REAL_TIME";

fn main() -> Result<()> {
    let args = Args::parse();
    if args.real_time && env::var_os(IS_REAL_TIME).is_none() {
        return again_in_real_time();
    }
    let parent = args.directory.clone().unwrap_or_else(|| env!("CARGO_TARGET_TMPDIR").into());
    fs::create_dir_all(&parent).with_context(|| format!("cannot make {}", parent.display()))?;
    if let Some(child) = args.backlog_child {
        return backlog::child(child, &parent, args.backlog_bytes());
    }
    if let Some(rival) = &args.commits_of {
        return syncs::child(rival, &args, &parent);
    }
    let directory = tempfile::tempdir_in(&parent)?;
    run(&args, directory.path())
}

fn run(args: &Args, directory: &Path) -> Result<()> {
    if args.runs(Part::Steady) {
        steady::run(args, directory)?;
    }
    if args.runs(Part::Syncs) {
        syncs::run(args, directory)?;
    }
    if args.runs(Part::Writers) {
        writers::run(args, directory)?;
    }
    if args.runs(Part::Backlog) {
        backlog::run(args, directory)?;
    }
    Ok(())
}

/// Starts the same program with a priority that its neighbours on the machine do not disturb.
fn again_in_real_time() -> Result<()> {
    let status = Command::new("chrt")
        .args(["-r", "5"])
        .arg(env::current_exe()?)
        .args(env::args_os().skip(1))
        .env(IS_REAL_TIME, "1")
        .status()
        .context("cannot start `chrt` of util-linux, which gives a real-time priority")?;
    anyhow::ensure!(status.success(), "the bench failed, or a real-time priority is not allowed");
    Ok(())
}
