use asymmetric::{ObjectId, asymmetric};

#[asymmetric(primary_key)]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
}

fn main() {}
