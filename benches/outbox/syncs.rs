//! How often one commit of each rival syncs, and what it writes: the system calls of a process that
//! does nothing else, counted by strace.

use std::{
    env, fs,
    io::{Write as _, stdout},
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};

use crate::{
    args::Args,
    documents::Batch,
    rivals,
    table::{self, ratio},
};

const COMMITS: u64 = 100;

/// What the process says before the first and after the last commit that counts.
const START: &str = "start of what counts";
const END: &str = "end of what counts";

const SYNCS: &[&str] = &["fsync", "fdatasync", "sync_file_range", "msync"];
const WRITES: &[&str] = &["write", "pwrite64", "writev", "pwritev", "pwritev2"];

/// System calls, and the bytes that they wrote.
#[derive(Debug, Default, PartialEq)]
struct Calls {
    syncs: u64,
    writes: u64,
    bytes: u64,
}

pub(crate) fn run(args: &Args, directory: &Path) -> Result<()> {
    let strace = Command::new("strace").arg("--version").stdout(Stdio::null()).status();
    if !strace.is_ok_and(|status| status.success()) {
        println!("\nSyncs and writes: not counted, because strace is not installed");
        return Ok(());
    }
    let mut rows = Vec::new();
    for &document in &args.documents {
        for &objects in &args.batches {
            let counted = args.rivals.iter();
            let counted = counted.map(|rival| count(directory, rival, document, objects));
            let counted = counted.collect::<Result<Vec<_>>>()?;
            rows.push((format!("{document} B x {objects}"), document * objects, counted));
        }
    }
    let names = args.rivals.iter().cloned();
    let head: Vec<_> = std::iter::once("documents".to_owned()).chain(names).collect();
    let print = |title: &str, cell: &dyn Fn(usize, &Calls) -> String| {
        let rows = rows.iter().map(|(name, payload, counted)| {
            let cells = counted.iter().map(|calls| cell(*payload, calls));
            std::iter::once(name.clone()).chain(cells).collect()
        });
        table::print(title, &head, &rows.collect::<Vec<Vec<String>>>());
    };
    let per_commit = |calls: u64| calls as f64 / COMMITS as f64;
    print("Syncs of one commit", &|_, calls| format!("{:.2}", per_commit(calls.syncs)));
    print("Writes of one commit", &|_, calls| format!("{:.1}", per_commit(calls.writes)));
    print("Bytes written by one commit for each byte of documents", &|payload, calls| {
        ratio(per_commit(calls.bytes) / payload as f64)
    });
    Ok(())
}

/// Runs a rival in a process of its own, under strace.
fn count(directory: &Path, rival: &str, document: usize, objects: usize) -> Result<Calls> {
    let directory = tempfile::tempdir_in(directory)?;
    let trace = directory.path().join("trace");
    let status = Command::new("strace")
        .args(["--follow-forks", "--quiet=all", "--signal=none", "--string-limit=32"])
        .arg(format!("--trace={},{}", SYNCS.join(","), WRITES.join(",")))
        .arg("--output")
        .arg(&trace)
        .arg(env::current_exe()?)
        .args(["--commits-of", rival])
        .args(["--documents", &document.to_string(), "--batches", &objects.to_string()])
        .arg("--directory")
        .arg(directory.path())
        .stdout(Stdio::null())
        .status()?;
    ensure!(status.success(), "the process of {rival} failed");
    parse(&fs::read_to_string(trace)?)
}

/// The process that is counted.
pub(crate) fn child(rival: &str, args: &Args, directory: &Path) -> Result<()> {
    let batch = args.batches.first().zip(args.documents.first());
    let (objects, document) = batch.context("a batch and its documents")?;
    let batch = Batch::new(*objects, *document)?;
    let mut rival = rivals::open(rival, directory)?;
    let commits = batch.backlog() as u64 * 3;
    for commit in 0..commits + COMMITS {
        if commit == commits {
            say(START)?;
        }
        rival.prepare(&batch)?;
        rival.commit(&batch)?;
    }
    say(END)
}

fn say(what: &str) -> Result<()> {
    println!("{what}");
    Ok(stdout().flush()?)
}

/// Counts the calls between the two marks. A call that another thread's interrupts has two lines:
/// one with its name, and one with its name and its result.
fn parse(trace: &str) -> Result<Calls> {
    let mut lines = trace.lines().skip_while(|line| !line.contains(START)).skip(1);
    let mut calls = Calls::default();
    for line in lines.by_ref().take_while(|line| !line.contains(END)) {
        let is_of = |names: &[&str]| {
            let starts = |name: &&str| line.contains(&format!(" {name}("));
            let ends = |name: &&str| line.contains(&format!(" {name} resumed>"));
            (names.iter().any(starts), names.iter().any(ends))
        };
        calls.syncs += u64::from(is_of(SYNCS).0);
        let (starts, ends) = is_of(WRITES);
        calls.writes += u64::from(starts);
        if (starts || ends)
            && let Some((_, result)) = line.rsplit_once(" = ")
        {
            calls.bytes += result.trim().parse().unwrap_or(0);
        }
    }
    ensure!(calls.writes > 0, "strace has counted no writes");
    Ok(calls)
}
