use asymmetric::{ObjectId, asymmetric};

#[asymmetric]
struct Reading(ObjectId, f64);

fn main() {}
