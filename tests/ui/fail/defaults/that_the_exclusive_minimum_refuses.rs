use asymmetric::{ObjectId, asymmetric};

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    #[asymmetric(exclusive_minimum = 0, default = 0)]
    value: i64,
}

fn main() {}
