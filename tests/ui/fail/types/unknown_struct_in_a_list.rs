use asymmetric::{ObjectId, asymmetric};

struct Wind {
    speed: f64,
}

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    gusts: Vec<Wind>,
}

fn main() {}
