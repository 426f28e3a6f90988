use asymmetric::{ObjectId, asymmetric};

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    #[asymmetric(default(5))]
    value: i32,
}

fn main() {}
