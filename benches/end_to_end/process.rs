//! What this process has used, as Linux tells it.

use std::{fs, time::Duration};

use anyhow::{Context as _, Result};

/// Clock ticks a second, which Linux has fixed for user programs.
const TICKS: u64 = 100;

/// Processor time of all threads.
pub(crate) fn cpu_time() -> Result<Duration> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    // Behind the name of the program, which may hold anything.
    let (_, fields) = stat.rsplit_once(") ").context("/proc/self/stat")?;
    let ticks = fields.split(' ').skip(11).take(2).map(str::parse::<u64>);
    let ticks: u64 = ticks.sum::<Result<_, _>>()?;
    Ok(Duration::from_millis(ticks * 1000 / TICKS))
}

/// Kilobytes of memory that are resident now, and the most that ever were.
pub(crate) fn resident() -> Result<(u64, u64)> {
    let status = fs::read_to_string("/proc/self/status")?;
    let field = |name: &str| -> Result<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).context("status")?;
        let number = line.split_whitespace().next().context("status")?;
        Ok(number.parse()?)
    };
    Ok((field("VmRSS:")?, field("VmHWM:")?))
}
