use std::collections::BTreeMap;

use asymmetric::{ObjectId, asymmetric};

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    series: BTreeMap<String, Vec<f64>>,
}

fn main() {}
