use asymmetric::{DateTime, ObjectId, asymmetric};

#[asymmetric(time_series(granularity = hours))]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    taken_at: DateTime,
}

fn main() {}
