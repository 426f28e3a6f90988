use asymmetric::{ObjectId, asymmetric};

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key = true)]
    id: ObjectId,
}

fn main() {}
