use asymmetric::{ObjectId, asymmetric};

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    convert: Box<dyn Fn(f64) -> f64>,
}

fn main() {}
