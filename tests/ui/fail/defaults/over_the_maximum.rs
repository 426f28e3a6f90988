use asymmetric::{ObjectId, asymmetric};

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    #[asymmetric(maximum = 100, default = 100.5)]
    value: f64,
}

fn main() {}
