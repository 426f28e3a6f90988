use std::collections::HashMap;

use asymmetric::{ObjectId, asymmetric};

#[asymmetric]
struct Station {
    #[asymmetric(primary_key)]
    id: ObjectId,
}

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    station: HashMap<String, Station>,
}

fn main() {}
