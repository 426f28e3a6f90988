use asymmetric::{DateTime, ObjectId, asymmetric};

#[asymmetric(time_series(time = taken_at))]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    taken_at: Option<DateTime>,
}

fn main() {}
