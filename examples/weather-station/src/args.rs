//! The command line.

use std::path::PathBuf;

use clap::Parser;

/// Replays a year of real weather observations through asymmetric objects.
///
/// Every station has an outbox of its own, written by several threads at once. A gateway inside
/// this process receives what they upload, unless another one is named. At the end the table
/// compares what was created with what is in the store; the exit status is 1 if they disagree.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Args {
    /// Store the documents in MongoDB instead of the embedded store.
    #[arg(long, value_name = "URI", env = "MONGODB_URI")]
    pub(crate) mongodb: Option<String>,

    /// Upload to a gateway that is already running, such as `asymmetric gateway --dev`. It is
    /// asked what has arrived; with `--mongodb`, its store is looked into instead.
    #[arg(long, value_name = "URL")]
    pub(crate) gateway: Option<String>,

    /// Keep the gateway down until this many objects are queued on the devices.
    #[arg(long, value_name = "N", conflicts_with = "gateway")]
    pub(crate) offline: Option<u64>,

    /// Keep the outboxes and the embedded store in this directory.
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,

    /// Replay only the oldest observations.
    #[arg(long, value_name = "N", default_value_t = usize::MAX, hide_default_value = true)]
    pub(crate) limit: usize,

    /// Threads that write at once for each station.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub(crate) writers: u8,
}
