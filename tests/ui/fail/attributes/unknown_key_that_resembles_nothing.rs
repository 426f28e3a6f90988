use asymmetric::{ObjectId, asymmetric};

#[asymmetric(encrypted)]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
}

fn main() {}
