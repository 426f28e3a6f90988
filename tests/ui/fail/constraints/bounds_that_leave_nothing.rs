use asymmetric::{ObjectId, asymmetric};

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    #[asymmetric(exclusive_minimum = 3, maximum = 3)]
    value: i32,
}

fn main() {}
