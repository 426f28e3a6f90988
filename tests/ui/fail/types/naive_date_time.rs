use asymmetric::{ObjectId, asymmetric};

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    value: chrono::NaiveDateTime,
}

fn main() {}
