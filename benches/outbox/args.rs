//! What to measure.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use crate::{backlog::Child, rivals};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Commits of one writer while older batches are acknowledged
    Steady,
    /// Syncs and bytes of a commit, counted by strace
    Syncs,
    /// Many writers of one object each
    Writers,
    /// Memory, latency, and opening after a kill, with a large backlog
    Backlog,
}

/// The outbox against what else one could write objects to
#[derive(Debug, Parser)]
pub(crate) struct Args {
    /// What to measure; the backlog only if it is named
    #[arg(long, value_delimiter = ',', default_values = ["steady", "syncs", "writers"])]
    pub(crate) parts: Vec<Part>,
    /// Objects per commit
    #[arg(long, value_delimiter = ',', default_values_t = [1, 10, 100, 1_000, 10_000])]
    pub(crate) batches: Vec<usize>,
    /// Bytes per object
    #[arg(long, value_delimiter = ',', default_values_t = [116, 640])]
    pub(crate) documents: Vec<usize>,
    /// Who takes part; ratios are those of the first one to each
    #[arg(long, value_delimiter = ',', default_values_t = rivals::names())]
    pub(crate) rivals: Vec<String>,
    /// Writers at the same time
    #[arg(long, value_delimiter = ',', default_values_t = [1, 4, 16, 64])]
    pub(crate) writers: Vec<usize>,
    /// Turns of each rival; large batches get fewer
    #[arg(long, default_value_t = 400)]
    pub(crate) rounds: usize,
    /// MiB of documents that nobody takes
    #[arg(long, default_value_t = 2_048)]
    pub(crate) backlog_mib: u64,
    /// Where the files go: a real disk, for a sync in memory takes no time
    #[arg(long)]
    pub(crate) directory: Option<PathBuf>,
    /// Run with a real-time priority, by `chrt -r 5`
    #[arg(long)]
    pub(crate) real_time: bool,
    /// The bench itself, as the process that is killed
    #[arg(long, hide = true)]
    pub(crate) backlog_child: Option<Child>,
    /// The bench itself, as the process whose system calls are counted
    #[arg(long, hide = true)]
    pub(crate) commits_of: Option<String>,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

impl Args {
    pub(crate) fn runs(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }

    pub(crate) const fn backlog_bytes(&self) -> u64 {
        self.backlog_mib * 1024 * 1024
    }
}
