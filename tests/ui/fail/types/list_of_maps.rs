use std::collections::HashMap;

use asymmetric::{ObjectId, asymmetric};

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    labels: Vec<HashMap<String, f64>>,
}

fn main() {}
