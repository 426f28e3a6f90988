use asymmetric::{ObjectId, asymmetric};

#[asymmetric(database = "telemetry.readings")]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
}

fn main() {}
