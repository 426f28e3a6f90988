use asymmetric::{DateTime, ObjectId, asymmetric};

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    #[asymmetric(pattern = "^2026")]
    value: DateTime,
}

fn main() {}
