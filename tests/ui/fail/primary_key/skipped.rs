use asymmetric::{ObjectId, asymmetric};

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key, skip)]
    id: ObjectId,
}

fn main() {}
