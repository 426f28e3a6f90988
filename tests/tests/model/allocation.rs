//! Encoding allocates nothing but room in the buffer.

use std::collections::{BTreeMap, BTreeSet};

use asymmetric::{AsymmetricObject, DateTime, ObjectId, asymmetric, embedded};

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    #[asymmetric(max_length = 20, pattern = "^[a-z-]+$")]
    device: String,
    taken_at: DateTime,
    #[asymmetric(minimum = -150, maximum = 150)]
    celsius: f64,
    wind: Option<Wind>,
    samples: Vec<Option<f64>>,
    tags: BTreeSet<String>,
    labels: BTreeMap<String, i64>,
    gusts: Vec<Wind>,
}

#[embedded]
struct Wind {
    speed: f64,
}

#[test]
fn an_object_is_encoded_without_an_allocation() {
    let mut object = Reading {
        id: ObjectId::new(),
        device: "station-a".into(),
        taken_at: DateTime::from_millis(0),
        celsius: 21.5,
        wind: Some(Wind { speed: 1.0 }),
        samples: vec![Some(1.0), None],
        tags: ["a".to_owned()].into(),
        labels: [("k".to_owned(), 1)].into(),
        gusts: vec![Wind { speed: 1.0 }],
    };
    object.samples.resize(2_000, Some(2.0));
    let mut out = Vec::with_capacity(1 << 20);
    // Compiles the pattern, which happens once in a process.
    object.encode(&mut out).unwrap();
    out.clear();

    let allocations = allocation_counter::measure(|| object.encode(&mut out).unwrap());
    assert_eq!(allocations.count_total, 0);
    assert!(out.len() > 20_000, "the object was encoded: {} bytes", out.len());
}

#[test]
fn an_object_id_is_made_without_an_allocation() {
    let first = ObjectId::new();
    let mut second = first;
    let allocations = allocation_counter::measure(|| second = ObjectId::new());
    assert_eq!(allocations.count_total, 0);
    assert_ne!(first, second);
}
