use asymmetric::{ObjectId, asymmetric};

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    #[asymmetric(maximum = 3, exclusive_maximum = 4)]
    value: i32,
}

fn main() {}
