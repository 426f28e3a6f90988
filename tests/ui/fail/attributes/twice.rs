use asymmetric::{ObjectId, asymmetric};

#[asymmetric]
#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
}

fn main() {}
