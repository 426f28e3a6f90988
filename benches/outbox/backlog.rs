//! A backlog of gibibytes: memory, latency, and opening after a kill.

use std::{
    env, fs,
    io::{BufRead as _, BufReader, Write as _, stdout},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, anyhow};
use asymmetric_protocol::chunk::Codec;
use clap::ValueEnum;

use crate::{
    args::Args,
    documents::Batch,
    outbox::{Buffer, Outbox},
    table::{self, micros, percentile},
};

/// What the process does that is killed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Child {
    /// Writes the backlog, then single objects, until it is killed
    Fill,
    /// Opens the file, reads the oldest chunks, and commits one object
    Reopen,
}

const FILE: &str = "backlog.realm";

pub(crate) fn run(args: &Args, directory: &Path) -> Result<()> {
    let mut rows = Vec::new();
    let mut fill = Process::start(args, directory, Child::Fill)?;
    rows.extend(fill.facts()?);
    fill.child.kill()?;
    fill.child.wait()?;
    let length = fs::metadata(directory.join(FILE))?.len();
    rows.push(["length of the file, MiB".into(), (length / 1024 / 1024).to_string()]);
    let mut reopen = Process::start(args, directory, Child::Reopen)?;
    rows.extend(reopen.facts()?);
    reopen.child.kill()?;
    reopen.child.wait()?;
    let rows: Vec<_> = rows.into_iter().map(Vec::from).collect();
    let title = format!("A backlog of {} MiB, and a kill", args.backlog_mib);
    table::print(&title, &["fact".into(), "value".into()], &rows);
    Ok(())
}

/// This program again, which prints facts and an empty line, and waits to be killed.
struct Process {
    child: std::process::Child,
}

impl Process {
    fn start(args: &Args, directory: &Path, what: Child) -> Result<Self> {
        let what = what.to_possible_value().ok_or_else(|| anyhow!("no value is hidden"))?;
        let child = Command::new(env::current_exe()?)
            .arg("--backlog-child")
            .arg(what.get_name())
            .arg("--backlog-mib")
            .arg(args.backlog_mib.to_string())
            .arg("--directory")
            .arg(directory)
            .stdout(Stdio::piped())
            .spawn()?;
        Ok(Self { child })
    }

    fn facts(&mut self) -> Result<Vec<[String; 2]>> {
        let lines =
            BufReader::new(self.child.stdout.take().context("its output is piped")?).lines();
        let mut facts = Vec::new();
        for line in lines {
            let line = line?;
            if line.is_empty() {
                return Ok(facts);
            }
            let (fact, value) = line.split_once('\t').context("a fact and its value")?;
            facts.push([fact.to_owned(), value.to_owned()]);
        }
        Err(anyhow!("the process ended too early"))
    }
}

/// The process that is killed.
pub(crate) fn child(what: Child, directory: &Path, backlog: u64) -> Result<()> {
    let start = Instant::now();
    let outbox = Outbox::open(&directory.join(FILE), Codec::None)?;
    let opened = start.elapsed();
    let mut buffer = Buffer::default();
    let single = Batch::new(1, 640)?;
    let mut latency = |commits: usize| -> Result<String> {
        let mut times: Vec<Duration> = Vec::with_capacity(commits);
        for _ in 0..commits {
            let start = Instant::now();
            outbox.write(&mut buffer, &single)?;
            times.push(start.elapsed());
        }
        Ok(format!("{} {}", micros(percentile(&mut times, 50)), micros(percentile(&mut times, 99))))
    };
    match what {
        Child::Fill => {
            fact("commit of one object before, us, median and 99th", &latency(200)?)?;
            let mut buffer = Buffer::default();
            let batch = Batch::new(1_000, 640)?;
            let filling = Instant::now();
            for _ in 0..backlog / batch.bytes().len() as u64 {
                outbox.write(&mut buffer, &batch)?;
            }
            let rate = backlog as f64 / filling.elapsed().as_secs_f64() / 1024.0 / 1024.0;
            fact("filling by 1,000 objects of 640 B, MiB/s", &format!("{rate:.0}"))?;
            fact("commit of one object with the backlog, us, median and 99th", &latency(200)?)?;
            fact("memory while filling, greatest resident set, MiB", &resident("VmHWM:")?)?;
        }
        Child::Reopen => {
            fact("opening after the kill, ms", &format!("{:.1}", opened.as_secs_f64() * 1e3))?;
            fact("objects found", &outbox.pending().to_string())?;
            let start = Instant::now();
            outbox.acknowledge_oldest(1024 * 1024)?;
            let read = start.elapsed().as_secs_f64() * 1e3;
            fact("reading the oldest MiB, ms", &format!("{read:.1}"))?;
            fact("commit of one object, us, median and 99th", &latency(200)?)?;
            fact("memory, greatest resident set, MiB", &resident("VmHWM:")?)?;
        }
    }
    println!();
    stdout().flush()?;
    loop {
        std::thread::park();
    }
}

fn fact(what: &str, value: &str) -> Result<()> {
    println!("{what}\t{value}");
    Ok(stdout().flush()?)
}

/// A size of this process, in MiB.
fn resident(name: &str) -> Result<String> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)).context("no such size")?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(format!("{:.1}", kib / 1024.0))
}
