//! The gateway in front of a store, and the driver straight into the same one, side by side.
//!
//! `cargo bench -p asymmetric-benches --bench ingest` takes about a minute and prints the table that
//! `docs/performance.md` explains. Every client sends batches, each after the answer to the one
//! before, or keeps several on their way as the upload of a device does. Both sides write with
//! majority and journal, and both get the same number of batches at a time.

#![expect(clippy::print_stdout, reason = "tables are what the program is for")]
#![expect(clippy::cast_precision_loss, reason = "three digits are shown")]

mod app;
mod device;
#[path = "../nothing.rs"]
mod nothing;
#[path = "../outbox/table.rs"]
#[expect(dead_code, reason = "what the other bench prints besides")]
mod table;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::Result;
use asymmetric_gateway::{Drained, Gateway, MongoStore, Store};
use asymmetric_testkit::MongoServer;
use bson::{DateTime, RawDocumentBuf, oid::ObjectId, rawdoc};
use clap::Parser;
use mongodb::{
    Client, Collection,
    options::{Acknowledgment, CollectionOptions, WriteConcern},
};
use tokio::{net::TcpListener, task::JoinSet, time::Instant};

use crate::{device::Device, nothing::Nothing};

pub(crate) const APP: &str = "bench";
pub(crate) const DATABASE: &str = "plant";
pub(crate) const COLLECTION: &str = "readings";

/// The gateway against the driver
#[derive(Debug, Parser)]
struct Args {
    /// Clients at the same time
    #[arg(long, value_delimiter = ',', default_values_t = [1, 16, 200])]
    clients: Vec<u8>,
    /// Objects per batch
    #[arg(long, default_value_t = 10)]
    batch: u64,
    /// Batches that a client has on their way, where it does not wait for each
    #[arg(long, default_value_t = 4)]
    window: u8,
    /// Seconds per number
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// What cargo adds
    #[arg(long, hide = true)]
    bench: bool,
}

/// Who writes where.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    InsertOne,
    InsertMany {
        window: bool,
    },
    Gateway {
        into: Target,
        checked: bool,
        window: bool,
    },
    /// A request for each batch that asks for nothing.
    Exchange,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Target {
    MongoDb,
    Nothing,
}

const WAYS: [(&str, Way); 9] = [
    ("driver, insert_one", Way::InsertOne),
    ("driver, insert_many", Way::InsertMany { window: false }),
    ("driver, insert_many, window", Way::InsertMany { window: true }),
    (
        "gateway, nothing checked",
        Way::Gateway { into: Target::MongoDb, checked: false, window: false },
    ),
    ("gateway", Way::Gateway { into: Target::MongoDb, checked: true, window: false }),
    ("gateway, window", Way::Gateway { into: Target::MongoDb, checked: true, window: true }),
    (
        "gateway on no store, nothing checked",
        Way::Gateway { into: Target::Nothing, checked: false, window: false },
    ),
    ("gateway on no store", Way::Gateway { into: Target::Nothing, checked: true, window: false }),
    ("a request that asks for nothing", Way::Exchange),
];

/// Rows of one way against another.
const RATIOS: [(&str, usize, usize); 4] = [
    ("gateway / insert_many", 4, 1),
    ("gateway / insert_many, both with a window", 5, 2),
    ("gateway with a window / insert_many without", 5, 1),
    ("gateway / insert_one", 4, 0),
];

fn main() -> Result<()> {
    let args = Args::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(run(&args))
}

async fn run(args: &Args) -> Result<()> {
    let mut columns = Vec::new();
    for clients in &args.clients {
        let mut rates = Vec::new();
        for (_, way) in WAYS {
            rates.push(measure(args, *clients, way).await?);
        }
        columns.push(rates);
    }
    let head: Vec<_> = std::iter::once(String::new())
        .chain(args.clients.iter().map(|clients| format!("{clients} clients")))
        .collect();
    let row = |name: &str, cell: &dyn Fn(&[f64]) -> String| {
        let cells = columns.iter().map(|rates| cell(rates));
        std::iter::once(name.to_owned()).chain(cells).collect::<Vec<_>>()
    };
    let of = |rates: &[f64], way: usize| rates.get(way).copied().unwrap_or(f64::NAN);
    let mut rows: Vec<_> = WAYS
        .iter()
        .enumerate()
        .map(|(way, (name, _))| row(name, &|rates| table::rate(of(rates, way))))
        .collect();
    rows.extend(RATIOS.map(|(name, one, other)| {
        row(name, &|rates| format!("{:.2}", of(rates, one) / of(rates, other)))
    }));
    // On no store, the time of an object is the gateway's own: with schema and rules, less without.
    rows.push(row("schema and rules, share of the time", &|rates| {
        let own = 1.0 / of(rates, 7) - 1.0 / of(rates, 6);
        format!("{:.1} %", own * of(rates, 4) * 100.0)
    }));
    let title = format!("Objects per second, {} per batch, window of {}", args.batch, args.window);
    table::print(&title, &head, &rows);
    Ok(())
}

async fn measure(args: &Args, clients: u8, way: Way) -> Result<f64> {
    let server = MongoServer::start()?;
    let time = Duration::from_secs(args.seconds);
    let connections = |window| if window { args.window } else { 1 };
    match way {
        Way::InsertOne => driver(&server, clients.into(), 1, time).await,
        Way::InsertMany { window } => {
            let writers = usize::from(clients) * usize::from(connections(window));
            driver(&server, writers, args.batch, time).await
        }
        Way::Gateway { into, checked, window } => {
            let devices = (clients, connections(window));
            gateway(&server, devices, args.batch, time, into, checked).await
        }
        Way::Exchange => exchange(&server, clients, args.batch, time).await,
    }
}

/// Objects per second of clients that write until time is up.
async fn rate<C, W, F>(clients: Vec<C>, time: Duration, objects: u64, write: W) -> Result<f64>
where
    C: Send + 'static,
    W: Fn(C) -> F + Clone + Send + 'static,
    F: Future<Output = Result<C>> + Send + 'static,
{
    let written = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let mut running = JoinSet::new();
    for mut client in clients {
        let (written, write) = (Arc::clone(&written), write.clone());
        running.spawn(async move {
            while started.elapsed() < time {
                client = write(client).await?;
                written.fetch_add(objects, Ordering::Relaxed);
            }
            anyhow::Ok(())
        });
    }
    while let Some(ended) = running.join_next().await {
        ended??;
    }
    Ok(written.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64())
}

/// A document of five fields.
pub(crate) fn reading() -> RawDocumentBuf {
    rawdoc! {
        "_id": ObjectId::new(), "device": "KJFK", "taken_at": DateTime::now(), "celsius": 20.5,
        "pressure": 1013.25,
    }
}

async fn driver(server: &MongoServer, writers: usize, batch: u64, time: Duration) -> Result<f64> {
    let client = Client::with_uri_str(server.uri()).await?;
    let concern = WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build();
    let options = CollectionOptions::builder().write_concern(concern).build();
    let collection: Collection<RawDocumentBuf> =
        client.database(DATABASE).collection_with_options(COLLECTION, options);
    collection.insert_one(reading()).await?;
    let writers = (0..writers).map(|_| collection.clone()).collect();
    rate(writers, time, batch, move |collection: Collection<RawDocumentBuf>| async move {
        if batch == 1 {
            collection.insert_one(reading()).await?;
        } else {
            collection.insert_many((0..batch).map(|_| reading())).ordered(false).await?;
        }
        Ok(collection)
    })
    .await
}

/// What the way through HTTP costs: one exchange where a batch would have been sent.
async fn exchange(server: &MongoServer, clients: u8, batch: u64, time: Duration) -> Result<f64> {
    let store = Arc::new(MongoStore::connect(&server.uri()).await?);
    let gateway = Gateway::builder(store).dev(true).build().await?;
    let gateway = gateway.serve(TcpListener::bind("127.0.0.1:0").await?)?;
    let mut devices = Vec::new();
    for number in 0..clients {
        devices.push(Device::connect(gateway.local_addr(), number, 0).await?);
    }
    rate(devices, time, batch, |mut device: Device| async move {
        device.ask_for_nothing().await?;
        Ok(device)
    })
    .await
}

async fn gateway(
    server: &MongoServer,
    (clients, connections): (u8, u8),
    batch: u64,
    time: Duration,
    into: Target,
    checked: bool,
) -> Result<f64> {
    let mongo = MongoStore::connect(&server.uri()).await?;
    let store: Arc<dyn Store> = match into {
        Target::MongoDb => Arc::new(mongo),
        Target::Nothing => Arc::new(Nothing { system: Arc::new(mongo) }),
    };
    let builder = Gateway::builder(store);
    let builder = if checked { builder.app(app::files()?) } else { builder.dev(true) };
    let gateway = builder.build().await?.serve(TcpListener::bind("127.0.0.1:0").await?)?;
    let mut devices = Vec::new();
    for number in 0..clients {
        for connection in 0..connections {
            devices.push(Device::connect(gateway.local_addr(), number, connection).await?);
        }
    }
    let rate = rate(devices, time, batch, move |mut device: Device| async move {
        device.upload(batch).await?;
        Ok(device)
    });
    let rate = rate.await?;
    let drained = gateway.shutdown(Duration::from_secs(10)).await;
    anyhow::ensure!(drained == Drained::Completely, "requests were still open");
    Ok(rate)
}
