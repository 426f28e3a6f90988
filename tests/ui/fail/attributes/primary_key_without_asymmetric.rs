use asymmetric::{ObjectId, asymmetric};

#[asymmetric]
struct Reading {
    #[primary_key]
    id: ObjectId,
}

fn main() {}
