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
mod process;
mod sqlite;

use std::{path::PathBuf, time::Instant};

use anyhow::Result;
use asymmetric_testkit::MongoServer;
use clap::Parser;

use crate::gateway::GatewayProcess;

/// What to measure.
#[derive(Clone, Debug, Parser)]
struct Args {
    /// Objects that each rival sends in each round.
    #[arg(long, default_value_t = 50_000)]
    objects: usize,
    /// Objects in each transaction.
    #[arg(long, default_value_t = 100)]
    transaction: usize,
    /// Rounds; the best of each rival counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Instead: the memory that draining so many GiB takes.
    #[arg(long)]
    backlog_gib: Option<f64>,
    /// Runs as the gateway of another process.
    #[arg(long, hide = true)]
    gateway: Option<PathBuf>,
    /// Where that gateway stores, if not in its directory.
    #[arg(long, hide = true)]
    mongodb: Option<String>,
    /// Handed over by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

/// What moves objects into a store.
#[derive(Clone, Copy, Debug)]
enum Rival {
    Asymmetric,
    Sqlite,
    AsymmetricToMongo,
    DirectToMongo,
}

impl Rival {
    const ALL: [Self; 4] =
        [Self::Asymmetric, Self::Sqlite, Self::AsymmetricToMongo, Self::DirectToMongo];

    const fn name(self) -> &'static str {
        match self {
            Self::Asymmetric => "asymmetric, embedded store",
            Self::Sqlite => "SQLite rows as outbox, embedded store",
            Self::AsymmetricToMongo => "asymmetric, MongoDB",
            Self::DirectToMongo => "insert_many by the driver, MongoDB",
        }
    }
}

/// The best round of a rival.
#[derive(Clone, Copy, Debug, Default)]
struct Best {
    objects_per_second: f64,
    cpu_micros_per_object: f64,
}

fn main() -> Result<()> {
    let args = Args::parse();
    if let Some(directory) = &args.gateway {
        return gateway::serve(directory, args.mongodb.as_deref());
    }
    if let Some(gib) = args.backlog_gib {
        return backlog::run(gib);
    }
    let mongodb = MongoServer::start()?;
    let mut best = [Best::default(); Rival::ALL.len()];
    for round in 0..args.rounds {
        for turn in 0..Rival::ALL.len() {
            let place = (round + turn) % Rival::ALL.len();
            let (Some(rival), Some(best)) = (Rival::ALL.get(place), best.get_mut(place)) else {
                continue;
            };
            let measured = measure(&args, *rival, &mongodb)?;
            if measured.objects_per_second > best.objects_per_second {
                *best = measured;
            }
        }
    }
    let Args { objects, transaction, rounds, .. } = args;
    println!("{objects} objects, {transaction} in each transaction, best of {rounds} rounds\n");
    println!("| rival | objects/s, all stored | CPU of the device per object |");
    println!("|---|---:|---:|");
    for (rival, best) in Rival::ALL.iter().zip(best) {
        let Best { objects_per_second, cpu_micros_per_object } = best;
        println!("| {} | {objects_per_second:.0} | {cpu_micros_per_object:.1} us |", rival.name());
    }
    Ok(())
}

fn measure(args: &Args, rival: Rival, mongodb: &MongoServer) -> Result<Best> {
    let directory = tempfile::tempdir()?;
    let store = match rival {
        Rival::Asymmetric | Rival::Sqlite => None,
        Rival::AsymmetricToMongo | Rival::DirectToMongo => Some(mongodb.uri()),
    };
    let gateway = GatewayProcess::start(directory.path(), store.as_deref())?;
    // A rival that has to log in first has done so when the time starts.
    let mut run: Box<dyn FnMut() -> Result<()>> = match rival {
        Rival::Asymmetric | Rival::AsymmetricToMongo => {
            device::prepare(&gateway, directory.path(), args.objects, args.transaction)?
        }
        Rival::Sqlite => {
            sqlite::prepare(&gateway, directory.path(), args.objects, args.transaction)?
        }
        Rival::DirectToMongo => direct::prepare(&mongodb.uri(), args.objects)?,
    };
    let (start, cpu) = (Instant::now(), process::cpu_time()?);
    run()?;
    let (took, cpu) = (start.elapsed(), process::cpu_time()?.saturating_sub(cpu));
    let objects = args.objects as f64;
    Ok(Best {
        objects_per_second: objects / took.as_secs_f64(),
        cpu_micros_per_object: cpu.as_secs_f64() * 1e6 / objects,
    })
}
