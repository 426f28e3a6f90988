use asymmetric::{DateTime, ObjectId, asymmetric};

#[asymmetric(time_series(time = taken_at, bucket = 3))]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    taken_at: DateTime,
}

fn main() {}
