use asymmetric::{ObjectId, asymmetric};

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key, default = 0)]
    id: ObjectId,
}

fn main() {}
