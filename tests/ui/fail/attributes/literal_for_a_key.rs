use asymmetric::{ObjectId, asymmetric};

#[asymmetric("telemetry")]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
}

fn main() {}
