//! Many writers, each of which makes one object durable and then the next.

use std::{
    collections::VecDeque,
    path::Path,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, anyhow};
use asymmetric_protocol::{SequenceNumber, chunk::Codec};

use crate::{
    args::Args,
    documents::Batch,
    outbox::{Buffer, Outbox},
    rivals::{self, Rival},
    table::{self, micros, percentile, rate, ratio},
};

/// How long it is a rival's turn.
const TURN: Duration = Duration::from_millis(250);
const TURNS: usize = 4;

/// What many threads can write to.
trait Shared: Sync {
    fn write(&self, buffer: &mut Buffer, batch: &Batch, writer: usize) -> Result<()>;
}

/// A rival that lets in one writer after the other.
impl Shared for Mutex<Box<dyn Rival>> {
    fn write(&self, _: &mut Buffer, batch: &Batch, _: usize) -> Result<()> {
        self.lock().unwrap_or_else(PoisonError::into_inner).commit(batch)
    }
}

/// Ours, and the ends of the commits that wait for their acknowledgement.
struct Ours {
    outbox: Outbox,
    ends: Mutex<VecDeque<SequenceNumber>>,
}

impl Shared for Ours {
    fn write(&self, buffer: &mut Buffer, batch: &Batch, writer: usize) -> Result<()> {
        self.outbox.write(buffer, batch)?;
        // As many commits wait as with the rivals.
        if writer == 0 {
            let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
            ends.push_back(self.outbox.durable_below());
            if ends.len() > batch.backlog()
                && let (Some(first), Some(end)) = (ends.pop_front(), ends.front())
            {
                let bytes = (end.get() - first.get()) * batch.bytes().len() as u64;
                self.outbox.acknowledge(first..*end, bytes);
            }
        }
        Ok(())
    }
}

pub(crate) fn run(args: &Args, directory: &Path) -> Result<()> {
    let (mut rates, mut ratios, mut latencies) = (Vec::new(), Vec::new(), Vec::new());
    let document = *args.documents.first().ok_or_else(|| anyhow!("no size of documents"))?;
    let batch = Batch::new(1, document)?;
    for &writers in &args.writers {
        let directory = tempfile::tempdir_in(directory)?;
        let outbox = Outbox::open(&directory.path().join("ours.realm"), Codec::None)?;
        let ours = Ours { ends: Mutex::new([outbox.durable_below()].into()), outbox };
        // Ours needs no lock around it.
        let rivals = args.rivals.iter().filter(|name| !name.starts_with("asymmetric"));
        let rivals = rivals.map(|name| Ok(Mutex::new(rivals::open(name, directory.path())?)));
        let rivals = rivals.collect::<Result<Vec<_>>>()?;
        let others = rivals.iter().map(|rival| rival as &dyn Shared);
        let all: Vec<&dyn Shared> = std::iter::once(&ours as &dyn Shared).chain(others).collect();
        let mut times: Vec<Vec<Duration>> = vec![Vec::new(); all.len()];
        for turn in 0..TURNS {
            let mut turns: Vec<_> = all.iter().zip(&mut times).collect();
            let first = turn % turns.len();
            turns.rotate_left(first);
            for (rival, times) in turns {
                times.extend(one_turn(*rival, &batch, writers)?);
            }
        }
        let seconds = (TURN * u32::try_from(TURNS)?).as_secs_f64();
        let per_second: Vec<_> = times.iter().map(|times| times.len() as f64 / seconds).collect();
        let ours = per_second.first().copied().unwrap_or(0.0);
        let row = |cells: Vec<String>| -> Vec<String> {
            std::iter::once(writers.to_string()).chain(cells).collect()
        };
        rates.push(row(per_second.iter().map(|found| rate(*found)).collect()));
        ratios.push(row(per_second.iter().map(|found| ratio(ours / found)).collect()));
        let latency = |times: &mut Vec<Duration>| {
            format!("{} {}", micros(percentile(times, 50)), micros(percentile(times, 99)))
        };
        latencies.push(row(times.iter_mut().map(latency).collect()));
    }
    let rivals = args.rivals.iter().filter(|name| !name.starts_with("asymmetric")).cloned();
    let head = ["writers".to_owned(), "asymmetric".to_owned()].into_iter();
    let head: Vec<_> = head.chain(rivals).collect();
    let title = format!("Durable objects of {document} B per second, each a commit of its writer");
    table::print(&title, &head, &rates);
    table::print("asymmetric / rival: above 1 we are faster", &head, &ratios);
    let title = "Time until a writer's object is durable, median and 99th percentile, microseconds";
    table::print(title, &head, &latencies);
    Ok(())
}

/// Lets so many threads write for one turn, and returns how long each object took.
fn one_turn(rival: &dyn Shared, batch: &Batch, writers: usize) -> Result<Vec<Duration>> {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..writers)
            .map(|writer| {
                let is_over = &is_over;
                scope.spawn(move || -> Result<Vec<Duration>> {
                    let mut buffer = Buffer::default();
                    let mut times = Vec::new();
                    while !is_over.load(Ordering::Relaxed) {
                        let start = Instant::now();
                        rival.write(&mut buffer, batch, writer)?;
                        times.push(start.elapsed());
                    }
                    Ok(times)
                })
            })
            .collect();
        thread::sleep(TURN);
        is_over.store(true, Ordering::Relaxed);
        let mut all = Vec::new();
        for thread in threads {
            all.extend(thread.join().map_err(|_| anyhow!("a writer panicked"))??);
        }
        Ok(all)
    })
}
