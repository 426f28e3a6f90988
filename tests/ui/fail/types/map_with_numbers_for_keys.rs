use std::collections::HashMap;

use asymmetric::{ObjectId, asymmetric};

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    counts: HashMap<u32, i64>,
}

fn main() {}
