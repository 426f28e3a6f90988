use asymmetric::{ObjectId, asymmetric};

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key, rename = "key")]
    id: ObjectId,
}

fn main() {}
