//! What one object costs to encode, side by side with the ways there are without the macros.
//!
//! `cargo bench -p asymmetric-tests --bench encode` prints time and allocations per object of each
//! way, and how many times the time of ours that is, all measured in turns in one run. The allocator
//! counts, which costs a few nanoseconds per allocation.

#![expect(clippy::print_stdout, reason = "the numbers are for the person who runs it")]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use asymmetric::{AsymmetricObject, DateTime, ObjectId, asymmetric, embedded};
use bson::{RawArrayBuf, RawDocumentBuf, cstr};
use serde::Serialize;

/// Rounds in which every way is measured once; the fastest round of each counts, because whatever
/// else the machine does only ever adds time.
const ROUNDS: usize = 60;

/// How long a way runs in one round.
const ROUND: Duration = Duration::from_millis(10);

fn main() {
    five_fields();
    list_of_ten();
    object_ids();
}

/// A way to make the bytes of one object, and what it was measured to cost.
struct Way<'a> {
    name: &'static str,
    run: Box<dyn FnMut(u64) + 'a>,
    nanoseconds: f64,
    allocations: u64,
}

impl<'a> Way<'a> {
    /// A way that makes one object per call.
    fn new<T>(name: &'static str, mut make: impl FnMut() -> T + 'a) -> Self {
        let run = Box::new(move |count| {
            for _ in 0..count {
                drop(black_box(make()));
            }
        });
        Self { name, run, nanoseconds: f64::INFINITY, allocations: 0 }
    }

    /// How many objects take about as long as one round.
    fn count_per_round(&mut self) -> u64 {
        let mut count = 1;
        loop {
            let start = Instant::now();
            (self.run)(count);
            if start.elapsed() >= ROUND {
                return count;
            }
            count *= 2;
        }
    }
}

/// Measures all ways in turns, and prints them; the first is ours.
fn compare(title: &str, mut ways: Vec<Way<'_>>) {
    for way in &mut ways {
        let allocations = allocation_counter::measure(|| (way.run)(1));
        way.allocations = allocations.count_total;
    }
    let counts: Vec<u64> = ways.iter_mut().map(Way::count_per_round).collect();
    for _ in 0..ROUNDS {
        for (way, count) in ways.iter_mut().zip(&counts) {
            let start = Instant::now();
            (way.run)(*count);
            #[expect(clippy::cast_precision_loss, reason = "a count of some thousands")]
            let nanoseconds = start.elapsed().as_secs_f64() * 1e9 / *count as f64;
            way.nanoseconds = way.nanoseconds.min(nanoseconds);
        }
    }
    let ours = ways.first().map_or(f64::NAN, |way| way.nanoseconds);
    println!("{title:<28}{:>12}{:>14}{:>14}", "ns", "allocations", "times ours");
    for Way { name, nanoseconds, allocations, .. } in &ways {
        let times = nanoseconds / ours;
        println!("  {name:<26}{nanoseconds:>12.1}{allocations:>14}{times:>14.1}");
    }
    println!();
}

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    device: String,
    taken_at: DateTime,
    celsius: f64,
    pressure: Option<f64>,
}

#[asymmetric]
struct Series {
    #[asymmetric(primary_key)]
    id: ObjectId,
    device: String,
    taken_at: DateTime,
    wind: Wind,
    samples: Vec<f64>,
}

#[embedded]
struct Wind {
    speed: f64,
    direction: Option<i32>,
}

#[derive(Serialize)]
struct SerdeReading {
    #[serde(rename = "_id")]
    id: bson::oid::ObjectId,
    device: String,
    taken_at: DateTime,
    celsius: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pressure: Option<f64>,
}

#[derive(Serialize)]
struct SerdeSeries {
    #[serde(rename = "_id")]
    id: bson::oid::ObjectId,
    device: String,
    taken_at: DateTime,
    wind: SerdeWind,
    samples: Vec<f64>,
}

#[derive(Serialize)]
struct SerdeWind {
    speed: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    direction: Option<i32>,
}

fn reading() -> Reading {
    Reading {
        id: ObjectId::new(),
        device: "station-0042".into(),
        taken_at: DateTime::now(),
        celsius: 21.5,
        pressure: Some(1013.25),
    }
}

fn serde_reading() -> SerdeReading {
    let Reading { id, device, taken_at, celsius, pressure } = reading();
    SerdeReading { id: id.into(), device, taken_at, celsius, pressure }
}

fn series() -> Series {
    Series {
        id: ObjectId::new(),
        device: "station-0042".into(),
        taken_at: DateTime::now(),
        wind: Wind { speed: 3.5, direction: Some(270) },
        samples: (0..10).map(f64::from).collect(),
    }
}

fn serde_series() -> SerdeSeries {
    let Series { id, device, taken_at, wind: Wind { speed, direction }, samples } = series();
    SerdeSeries { id: id.into(), device, taken_at, wind: SerdeWind { speed, direction }, samples }
}

fn five_fields() {
    let (ours, theirs) = (reading(), serde_reading());
    let (mut out, mut json) = (Vec::with_capacity(4096), Vec::with_capacity(4096));
    compare(
        "five fields",
        vec![
            Way::new("asymmetric", || {
                out.clear();
                black_box(&ours).encode(&mut out)
            }),
            Way::new("bson::serialize_to_vec", || bson::serialize_to_vec(black_box(&theirs))),
            Way::new("bson::RawDocumentBuf", || raw_reading(black_box(&theirs))),
            Way::new("serde_json::to_writer", || {
                json.clear();
                serde_json::to_writer(&mut json, black_box(&theirs))
            }),
        ],
    );
}

fn raw_reading(object: &SerdeReading) -> RawDocumentBuf {
    let mut document = RawDocumentBuf::new();
    document.append(cstr!("_id"), object.id);
    document.append(cstr!("device"), object.device.as_str());
    document.append(cstr!("taken_at"), object.taken_at);
    document.append(cstr!("celsius"), object.celsius);
    if let Some(pressure) = object.pressure {
        document.append(cstr!("pressure"), pressure);
    }
    document
}

fn list_of_ten() {
    let (ours, theirs) = (series(), serde_series());
    let (mut out, mut json) = (Vec::with_capacity(4096), Vec::with_capacity(4096));
    compare(
        "five fields, a list of ten",
        vec![
            Way::new("asymmetric", || {
                out.clear();
                black_box(&ours).encode(&mut out)
            }),
            Way::new("bson::serialize_to_vec", || bson::serialize_to_vec(black_box(&theirs))),
            Way::new("bson::RawDocumentBuf", || raw_series(black_box(&theirs))),
            Way::new("serde_json::to_writer", || {
                json.clear();
                serde_json::to_writer(&mut json, black_box(&theirs))
            }),
        ],
    );
}

fn raw_series(object: &SerdeSeries) -> RawDocumentBuf {
    let mut wind = RawDocumentBuf::new();
    wind.append(cstr!("speed"), object.wind.speed);
    if let Some(direction) = object.wind.direction {
        wind.append(cstr!("direction"), direction);
    }
    let mut samples = RawArrayBuf::new();
    for sample in &object.samples {
        samples.push(*sample);
    }
    let mut document = RawDocumentBuf::new();
    document.append(cstr!("_id"), object.id);
    document.append(cstr!("device"), object.device.as_str());
    document.append(cstr!("taken_at"), object.taken_at);
    document.append(cstr!("wind"), wind);
    document.append(cstr!("samples"), samples);
    document
}

fn object_ids() {
    compare(
        "a new object identifier",
        vec![Way::new("asymmetric", ObjectId::new), Way::new("bson", bson::oid::ObjectId::new)],
    );
}
