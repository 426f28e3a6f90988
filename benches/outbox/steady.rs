//! One writer, and an acknowledgement of an older batch with every commit.

use std::{
    fs,
    hash::{BuildHasher as _, RandomState},
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Result;

use crate::{
    args::Args,
    documents::Batch,
    rivals,
    table::{self, micros, percentile, rate, ratio},
};

/// What a rival did in the rounds of one row.
struct Measured {
    p50: Duration,
    p99: Duration,
    /// Bytes that reached the disk for each byte of documents.
    amplification: f64,
}

pub(crate) fn run(args: &Args, directory: &Path) -> Result<()> {
    let mut rows = Vec::new();
    for &document in &args.documents {
        for &objects in &args.batches {
            // Files of their own for each row: the one before it leaves no fragments.
            let directory = tempfile::tempdir_in(directory)?;
            let batch = Batch::new(objects, document)?;
            // Large batches take long, and are steadier.
            let rounds = args.rounds.min(400_000 / objects).max(20);
            let measured = row(args, directory.path(), &batch, rounds)?;
            rows.push((format!("{document} B x {objects}"), batch.objects(), measured));
        }
    }
    let names = args.rivals.iter().cloned();
    let head: Vec<_> = std::iter::once("documents".to_owned()).chain(names).collect();
    let print = |title: &str, cell: &dyn Fn(u64, &Measured, &Measured) -> String| {
        let rows = rows.iter().map(|(name, objects, measured)| {
            let ours = measured.first();
            let cells = measured.iter().zip(ours.into_iter().cycle());
            let cells = cells.map(|(rival, ours)| cell(*objects, rival, ours));
            std::iter::once(name.clone()).chain(cells).collect()
        });
        table::print(title, &head, &rows.collect::<Vec<Vec<String>>>());
    };
    let per_second = |objects: u64, time: Duration| objects as f64 / time.as_secs_f64();
    print("Durable objects per second, median commit", &|objects, rival, _| {
        rate(per_second(objects, rival.p50))
    });
    print("asymmetric / rival: above 1 we are faster", &|_, rival, ours| {
        ratio(rival.p50.as_secs_f64() / ours.p50.as_secs_f64())
    });
    print("Latency of a commit, median and 99th percentile, microseconds", &|_, rival, _| {
        format!("{} {}", micros(rival.p50), micros(rival.p99))
    });
    print("Bytes to the disk for each byte of documents", &|_, rival, _| {
        ratio(rival.amplification)
    });
    Ok(())
}

fn row(args: &Args, directory: &Path, batch: &Batch, rounds: usize) -> Result<Vec<Measured>> {
    let rivals = args.rivals.iter().map(|name| rivals::open(name, directory));
    let mut rivals = rivals.collect::<Result<Vec<_>>>()?;
    // Until files have stopped growing and the acknowledgements have begun.
    for rival in &mut rivals {
        for _ in 0..batch.backlog() * 3 {
            rival.prepare(batch)?;
            rival.commit(batch)?;
        }
    }
    let shuffle = RandomState::new();
    let mut times: Vec<_> = rivals.iter().map(|_| (Vec::with_capacity(rounds), 0)).collect();
    for round in 0..rounds {
        let mut turns: Vec<_> = rivals.iter_mut().zip(&mut times).enumerate().collect();
        // What one leaves behind, in caches and on the disk, shall not always meet the same other.
        turns.sort_by_cached_key(|(rival, _)| shuffle.hash_one((round, rival)));
        for (_, (rival, (times, bytes))) in turns {
            rival.prepare(batch)?;
            let before = written_bytes()?;
            let start = Instant::now();
            rival.commit(batch)?;
            times.push(start.elapsed());
            *bytes += written_bytes()? - before;
        }
    }
    let payload = (batch.bytes().len() * rounds) as f64;
    let measured = times.into_iter().map(|(mut times, bytes)| Measured {
        p50: percentile(&mut times, 50),
        p99: percentile(&mut times, 99),
        amplification: bytes as f64 / payload,
    });
    Ok(measured.collect())
}

/// Bytes of the pages that this process made the kernel write to a disk so far.
fn written_bytes() -> Result<u64> {
    let io = fs::read_to_string("/proc/self/io")?;
    let line = io.lines().find_map(|line| line.strip_prefix("write_bytes: "));
    Ok(line.unwrap_or("0").trim().parse()?)
}
