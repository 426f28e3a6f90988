//! From `Realm::write` to the store and back, against what else one could do, side by side.
//!
//! `cargo bench -p asymmetric-benches --bench end_to_end` prints the table that
//! `docs/performance.md` explains; `-- --backlog-gib 2` measures the memory of a device that drains
//! a backlog instead. The gateway is a process of its own, so that the processor time is the
//! device's alone. Rivals take turns, and each round begins with another one.

#![expect(clippy::print_stdout, reason = "tables are what the program is for")]
#![expect(clippy::cast_precision_loss, reason = "three digits are shown")]

mod backlog;
mod device;
mod direct;
mod gateway;
#[path = "../nothing.rs"]
mod nothing;
mod process;
mod sqlite;

use std::{path::PathBuf, time::Instant};

use anyhow::Result;
use asymmetric_testkit::MongoServer;
use clap::Parser;

use crate::gateway::{GatewayProcess, StoreAt};

/// From `Realm::write` to the store and back, against what else one could do
#[derive(Clone, Debug, Parser)]
struct Args {
    /// Objects that each rival sends in each round
    #[arg(long, default_value_t = 50_000)]
    objects: usize,
    /// Objects in each transaction
    #[arg(long, default_value_t = 100)]
    transaction: usize,
    /// Rounds; the best of each rival counts
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Only rivals with this in their names
    #[arg(long, default_value = "")]
    only: String,
    /// Instead: the memory that draining so many GiB takes
    #[arg(long)]
    backlog_gib: Option<f64>,
    /// Where the files go: a real disk, for a sync in memory takes no time
    #[arg(long, default_value = env!("CARGO_TARGET_TMPDIR"))]
    directory: PathBuf,
    /// Runs as the gateway of another process
    #[arg(long, hide = true)]
    gateway: Option<PathBuf>,
    /// Where that gateway stores
    #[arg(long, hide = true, default_value = "embedded")]
    store: String,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

/// What moves objects into a store.
#[derive(Clone, Copy, Debug)]
enum Way {
    Asymmetric,
    Sqlite,
    Driver,
}

/// Where they go.
#[derive(Clone, Copy, Debug)]
enum Target {
    /// What remains is what the device does, and the way through the gateway.
    Nothing,
    Embedded,
    MongoDb,
}

const RIVALS: [(&str, Way, Target); 7] = [
    ("asymmetric, no store", Way::Asymmetric, Target::Nothing),
    ("SQLite rows as outbox, no store", Way::Sqlite, Target::Nothing),
    ("asymmetric, embedded store", Way::Asymmetric, Target::Embedded),
    ("SQLite rows as outbox, embedded store", Way::Sqlite, Target::Embedded),
    ("asymmetric, MongoDB", Way::Asymmetric, Target::MongoDb),
    ("SQLite rows as outbox, MongoDB", Way::Sqlite, Target::MongoDb),
    ("insert_many by the driver, MongoDB", Way::Driver, Target::MongoDb),
];

/// The best round of a rival.
#[derive(Clone, Copy, Debug, Default)]
struct Best {
    objects_per_second: f64,
    cpu_micros_per_object: f64,
}

fn main() -> Result<()> {
    let args = Args::parse();
    if let Some(directory) = &args.gateway {
        return gateway::serve(directory, &args.store);
    }
    std::fs::create_dir_all(&args.directory)?;
    if let Some(gib) = args.backlog_gib {
        return backlog::run(gib, &args.directory);
    }
    let rivals = RIVALS.iter().filter(|(name, ..)| name.contains(&args.only));
    let mut rivals: Vec<_> = rivals.map(|rival| (rival, Best::default())).collect();
    anyhow::ensure!(!rivals.is_empty(), "no rival has `{}` in its name", args.only);
    let mongodb = MongoServer::start()?;
    for _ in 0..args.rounds {
        for ((_, way, target), best) in &mut rivals {
            let measured = measure(&args, *way, *target, &mongodb)?;
            if measured.objects_per_second > best.objects_per_second {
                *best = measured;
            }
        }
        rivals.rotate_left(1);
    }
    let turned = args.rounds % rivals.len();
    rivals.rotate_right(turned);
    let Args { objects, transaction, rounds, .. } = args;
    println!("{objects} objects, {transaction} in each transaction, best of {rounds} rounds\n");
    println!("| rival | objects/s, all stored | CPU of the device per object |");
    println!("|---|---:|---:|");
    for ((name, ..), best) in rivals {
        let Best { objects_per_second, cpu_micros_per_object } = best;
        println!("| {name} | {objects_per_second:.0} | {cpu_micros_per_object:.1} us |");
    }
    Ok(())
}

fn measure(args: &Args, way: Way, target: Target, mongodb: &MongoServer) -> Result<Best> {
    let directory = tempfile::tempdir_in(&args.directory)?;
    let store = match target {
        Target::Nothing => StoreAt::Nothing,
        Target::Embedded => StoreAt::Embedded,
        Target::MongoDb => StoreAt::MongoDb(mongodb.uri()),
    };
    let gateway = GatewayProcess::start(directory.path(), &store)?;
    // A rival that has to log in first has done so when the time starts.
    let (path, objects, transaction) = (directory.path(), args.objects, args.transaction);
    let mut run: Box<dyn FnMut() -> Result<()>> = match way {
        Way::Asymmetric => device::prepare(&gateway, path, objects, transaction)?,
        Way::Sqlite => sqlite::prepare(&gateway, path, objects, transaction)?,
        Way::Driver => direct::prepare(&mongodb.uri(), objects)?,
    };
    let (start, cpu) = (Instant::now(), process::cpu_time()?);
    run()?;
    let (took, cpu) = (start.elapsed(), process::cpu_time()?.saturating_sub(cpu));
    let objects = objects as f64;
    Ok(Best {
        objects_per_second: objects / took.as_secs_f64(),
        cpu_micros_per_object: cpu.as_secs_f64() * 1e6 / objects,
    })
}
