use asymmetric::{ObjectId, asymmetric};

#[asymmetric]
struct Reading {
    id: ObjectId,
    celsius: f64,
}

fn main() {}
