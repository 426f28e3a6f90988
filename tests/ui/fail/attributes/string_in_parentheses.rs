use asymmetric::{ObjectId, asymmetric};

#[asymmetric(database("telemetry"))]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
}

fn main() {}
