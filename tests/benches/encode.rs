//! What one object costs to encode, side by side with the ways there are without the macros.
//!
//! `cargo bench -p asymmetric-tests --bench encode`; allocations are counted too.

use asymmetric::{AsymmetricObject, DateTime, ObjectId, asymmetric, embedded};
use bson::{RawArrayBuf, RawDocumentBuf, cstr};
use divan::{AllocProfiler, Bencher, black_box};
use serde::Serialize;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
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

mod five_fields {
    use super::{
        AsymmetricObject, Bencher, RawDocumentBuf, black_box, cstr, reading, serde_reading,
    };

    #[divan::bench]
    fn asymmetric(bencher: Bencher) {
        let object = reading();
        let mut out = Vec::with_capacity(4096);
        bencher.bench_local(|| {
            out.clear();
            black_box(&object).encode(&mut out)
        });
    }

    #[divan::bench]
    fn bson_serialize_to_vec(bencher: Bencher) {
        let object = serde_reading();
        bencher.bench_local(|| bson::serialize_to_vec(black_box(&object)));
    }

    #[divan::bench]
    fn raw_document_buf(bencher: Bencher) {
        let object = serde_reading();
        bencher.bench_local(|| {
            let object = black_box(&object);
            let mut document = RawDocumentBuf::new();
            document.append(cstr!("_id"), object.id);
            document.append(cstr!("device"), object.device.as_str());
            document.append(cstr!("taken_at"), object.taken_at);
            document.append(cstr!("celsius"), object.celsius);
            if let Some(pressure) = object.pressure {
                document.append(cstr!("pressure"), pressure);
            }
            document
        });
    }

    #[divan::bench]
    fn serde_json_to_writer(bencher: Bencher) {
        let object = serde_reading();
        let mut out = Vec::with_capacity(4096);
        bencher.bench_local(|| {
            out.clear();
            serde_json::to_writer(&mut out, black_box(&object))
        });
    }
}

mod list_of_ten {
    use super::{
        AsymmetricObject, Bencher, RawArrayBuf, RawDocumentBuf, black_box, cstr, serde_series,
        series,
    };

    #[divan::bench]
    fn asymmetric(bencher: Bencher) {
        let object = series();
        let mut out = Vec::with_capacity(4096);
        bencher.bench_local(|| {
            out.clear();
            black_box(&object).encode(&mut out)
        });
    }

    #[divan::bench]
    fn bson_serialize_to_vec(bencher: Bencher) {
        let object = serde_series();
        bencher.bench_local(|| bson::serialize_to_vec(black_box(&object)));
    }

    #[divan::bench]
    fn raw_document_buf(bencher: Bencher) {
        let object = serde_series();
        bencher.bench_local(|| {
            let object = black_box(&object);
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
        });
    }

    #[divan::bench]
    fn serde_json_to_writer(bencher: Bencher) {
        let object = serde_series();
        let mut out = Vec::with_capacity(4096);
        bencher.bench_local(|| {
            out.clear();
            serde_json::to_writer(&mut out, black_box(&object))
        });
    }
}

#[divan::bench]
fn object_id_new() -> ObjectId {
    ObjectId::new()
}

#[divan::bench]
fn bson_object_id_new() -> bson::oid::ObjectId {
    bson::oid::ObjectId::new()
}
