//! Replays a year of real weather observations through asymmetric objects, outboxes, upload and
//! gateway into a store, and checks that every one of them has arrived.

mod args;
mod caller;
mod report;
mod server;
mod station;

use std::{
    path::Path,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use asymmetric::App;
use asymmetric_gateway::{Server, Store};
use clap::Parser as _;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use tokio::task::spawn_blocking;
use weather_station::observations;

use args::Args;
use caller::Caller;
use report::{Row, Table};
use server::{Port, Witness};
use station::{Bars, Station};

const APP_ID: &str = "weather-nycap";
const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let temporary = tempfile::tempdir()?;
    let directory = args.keep.as_deref().unwrap_or(temporary.path());
    std::fs::create_dir_all(directory)?;

    let table = run(&args, directory).await?;
    #[expect(clippy::print_stdout, reason = "the result")]
    {
        print!("{table}");
        if let Some(directory) = &args.keep {
            println!("kept in {}", directory.display());
        }
    }
    let agrees = table.agrees();
    if !agrees {
        #[expect(clippy::print_stderr, reason = "the verdict")]
        {
            eprintln!("the numbers do not agree");
        }
    }
    Ok(if agrees { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn run(args: &Args, directory: &Path) -> Result<Table> {
    let all = observations::read(observations::CSV.as_bytes(), args.limit)?;
    let total = all.values().map(Vec::len).sum::<usize>() as u64;
    let Site { url, port, witness } = site(args, directory).await?;
    let app = App::builder(APP_ID).base_url(url).build()?;
    let stations = all
        .into_iter()
        .map(|(name, observations)| {
            Station::open(&app, directory, name, observations).map(Arc::new)
        })
        .collect::<Result<Vec<_>>>()?;

    let bars = Arc::new(bars(total));
    let start = Instant::now();
    let watched = tokio::spawn(show_acknowledged(stations.clone(), Arc::clone(&bars)));
    let gateway =
        tokio::spawn(start_gateway(port, args.offline.unwrap_or(0).min(total), Arc::clone(&bars)));
    let replays = stations.into_iter().map(|station| {
        tokio::spawn(replay(station, usize::from(args.writers), Arc::clone(&bars), start))
    });
    let mut finished = Vec::new();
    for replay in replays.collect::<Vec<_>>() {
        finished.push(replay.await??);
    }
    watched.abort();
    bars.acknowledged.finish();

    let mut rows = Vec::new();
    for (station, mut row) in finished {
        row.found = witness.count(&station.name).await?;
        row.left = left_on_device(&app, directory, station).await?;
        rows.push(row);
    }
    if let Some(server) = gateway.await?? {
        server::shut_down(server).await;
    }
    Ok(Table(rows))
}

/// Where the stations upload to.
struct Site {
    url: String,
    /// Where the gateway of this process will listen, and what it writes into.
    port: Option<(Port, Arc<dyn Store>)>,
    witness: Witness,
}

async fn site(args: &Args, directory: &Path) -> Result<Site> {
    let mongodb = args.mongodb.as_deref();
    let Some(url) = args.gateway.clone() else {
        let store = server::store(mongodb, &directory.join("store")).await?;
        let port = Port::reserve()?;
        let witness = Witness::Store(Arc::clone(&store));
        return Ok(Site { url: port.url(), port: Some((port, store)), witness });
    };
    let witness = match mongodb {
        Some(_) => Witness::Store(server::store(mongodb, directory).await?),
        None => Witness::Gateway(Caller::log_in(&url, APP_ID).await?),
    };
    Ok(Site { url, port: None, witness })
}

/// Starts the gateway of this process when enough objects are queued.
async fn start_gateway(
    port: Option<(Port, Arc<dyn Store>)>,
    queued: u64,
    bars: Arc<Bars>,
) -> Result<Option<Server>> {
    let Some((port, store)) = port else { return Ok(None) };
    let mut clock = tokio::time::interval(Duration::from_millis(5));
    while bars.durable.position() < queued {
        clock.tick().await;
    }
    Ok(Some(port.serve(store).await?))
}

/// Writes all observations of a station and waits until they have arrived.
async fn replay(
    station: Arc<Station>,
    writers: usize,
    bars: Arc<Bars>,
    start: Instant,
) -> Result<(Arc<Station>, Row)> {
    let writing = Arc::clone(&station);
    let created = spawn_blocking(move || writing.replay(writers, &bars)).await??;
    let durable_after = start.elapsed();
    // A wait that ends early is no reason to stop: the table shows what is missing.
    let _in_time = station.realm.sync_session().wait_for_upload(PATIENCE).await;
    let took = start.elapsed();
    let progress = station.progress();
    let row = Row {
        station: station.name.clone(),
        observations: station.observations(),
        created,
        acknowledged: progress.acknowledged,
        rejected: progress.rejected,
        durable_after,
        took,
        ..Row::default()
    };
    Ok((station, row))
}

/// Closes the outbox and opens it again, to see what the file still holds.
async fn left_on_device(app: &App, directory: &Path, station: Arc<Station>) -> Result<u64> {
    let app = app.clone();
    let directory = directory.to_owned();
    let name = station.name.clone();
    spawn_blocking(move || {
        let station = Arc::into_inner(station).context("the station is still in use")?;
        station.realm.close()?;
        let reopened = Station::open(&app, &directory, name, Vec::new())?;
        Ok(reopened.progress().pending_objects())
    })
    .await?
}

async fn show_acknowledged(stations: Vec<Arc<Station>>, bars: Arc<Bars>) {
    let sessions: Vec<_> =
        stations.iter().map(|station| station.realm.sync_session().clone()).collect();
    drop(stations);
    let mut clock = tokio::time::interval(Duration::from_millis(50));
    loop {
        clock.tick().await;
        let acknowledged = sessions.iter().map(|session| session.progress().acknowledged).sum();
        bars.acknowledged.set_position(acknowledged);
    }
}

fn bars(total: u64) -> Bars {
    let all = MultiProgress::new();
    let style = ProgressStyle::with_template("{msg:>13} {wide_bar:.cyan/blue} {pos:>6}/{len}");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = |name| all.add(ProgressBar::new(total).with_style(style.clone()).with_message(name));
    Bars { created: bar("created"), durable: bar("durable"), acknowledged: bar("acknowledged") }
}
